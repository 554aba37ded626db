// Puts a Markdown file into the comment of COMMENT_KEY on the pull request of this run: node main.ts <file>
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { putComment } from './threads.ts';

const Environment = z.object({
  COMMENT_KEY: z.string().min(1),
  SYSTEM_ACCESSTOKEN: z.string().min(1),
  SYSTEM_COLLECTIONURI: z.url(),
  SYSTEM_TEAMPROJECTID: z.string().min(1),
  BUILD_REPOSITORY_ID: z.string().min(1),
  SYSTEM_PULLREQUEST_PULLREQUESTID: z.string().regex(/^\d+$/),
});

const file = process.argv[2];
const environment = Environment.safeParse(process.env);
if (file === undefined || !environment.success) {
  const names = environment.error?.issues.map(({ path }) => path.join('.')) ?? [];
  console.error(['usage: main.ts <file>', ...names.map((name) => `${name} is wrong`)].join('\n'));
  process.exit(2);
}
const { data } = environment;
const pullRequest = {
  collection: data.SYSTEM_COLLECTIONURI,
  project: data.SYSTEM_TEAMPROJECTID,
  repository: data.BUILD_REPOSITORY_ID,
  id: data.SYSTEM_PULLREQUEST_PULLREQUESTID,
  token: data.SYSTEM_ACCESSTOKEN,
};
const done = await putComment(pullRequest, data.COMMENT_KEY, readFileSync(file, 'utf8'));
console.log(`The comment was ${done}.`);
