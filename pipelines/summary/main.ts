// Says an event log of Pulumi in Markdown on stdout: node main.ts <event log> <title>
import { readFileSync } from 'node:fs';
import { readPlan } from './events.ts';
import { toMarkdown } from './markdown.ts';

const [log, title] = process.argv.slice(2);
if (log === undefined || title === undefined) {
  console.error('usage: main.ts <event log> <title>');
  process.exit(2);
}
process.stdout.write(toMarkdown(title, readPlan(readFileSync(log, 'utf8'))));
