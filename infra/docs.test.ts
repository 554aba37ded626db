import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PROFILES } from './profiles.ts';
import { Given } from './settings.ts';

const page = readFileSync(resolve(import.meta.dirname, '../docs/infrastructure.md'), 'utf8');
const rows = page.split('\n').map((line) =>
  line
    .split('|')
    .map((cell) => cell.trim())
    .slice(1, -1)
    .join(' | '),
);

test('the page on the program says of every setting what it means and what each profile says', () => {
  for (const [name, schema] of Object.entries(Given.shape)) {
    const [dev, prod] = [PROFILES.dev, PROFILES.prod].map((profile) => shown((profile as Record<string, unknown>)[name])); // prettier-ignore
    const meaning = schema.description ?? '';
    expect(rows).toContain(`\`${name}\` | ${dev === prod ? dev : `${dev} / ${prod}`} | ${meaning}`);
  }
});

function shown(value: unknown): string {
  if (value === undefined || value === '') return '–';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
