import { z } from 'zod';

/** A pull request in Azure Repos, and who speaks. */
export interface PullRequest {
  readonly collection: string;
  readonly project: string;
  readonly repository: string;
  readonly id: string;
  readonly token: string;
}

const Threads = z.object({
  value: z.array(
    z.object({
      id: z.number(),
      isDeleted: z.boolean().nullish(),
      comments: z
        .array(
          z.object({
            id: z.number(),
            content: z.string().nullish(),
            isDeleted: z.boolean().nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});

/**
 * Puts a text into the one comment of this key: a run of a new commit replaces what the run before has said, so that a
 * pull request has one comment however often it is pushed to.
 */
export async function putComment(
  pullRequest: PullRequest,
  key: string,
  text: string,
): Promise<'created' | 'updated'> {
  const marker = `<!-- ${key} -->`;
  const content = `${text}\n${marker}`;
  const { value } = Threads.parse(await call(pullRequest, 'GET', '/threads'));
  for (const { id, isDeleted, comments } of value) {
    const first = comments?.[0];
    if (isDeleted === true || first === undefined || first.isDeleted === true) continue;
    if (first.content?.trimEnd().endsWith(marker) !== true) continue;
    await call(pullRequest, 'PATCH', `/threads/${id}/comments/${first.id}`, { content });
    return 'updated';
  }
  const comments = [{ parentCommentId: 0, content, commentType: 'text' }];
  await call(pullRequest, 'POST', '/threads', { comments, status: 'closed' });
  return 'created';
}

async function call(
  { collection, project, repository, id, token }: PullRequest,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const repositories = new URL(`${project}/_apis/git/repositories/`, withSlash(collection));
  const url = `${repositories.href}${repository}/pullRequests/${id}${path}?api-version=7.1`;
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  // Without the right to comment, Azure DevOps answers 203 with a page to sign in at.
  if (response.status !== 200 && response.status !== 201) {
    throw new Error(
      `${method} ${url} answered ${response.status}. The build service needs "Contribute to pull requests" on the repository.`,
    );
  }
  return response.json();
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);
