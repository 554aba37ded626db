import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { openSession, textOf, type McpAnswer, type RawSession } from '../../support/mcp.ts';
import { credentials, mcpUrl, type Reached } from './client.ts';

const USERS = 16;
const PAUSE_MS = 80;
/** No run is longer, whatever hangs. */
const LONGEST_MS = 240_000;

/** What became of one call. */
export interface Outcome {
  /** Milliseconds since the load began. */
  readonly began: number;
  readonly ended: number;
  /** Where the session lives. */
  readonly replica: string;
  /** An HTTP status, or the code of a connection that failed. */
  readonly result: number | string;
  /** Whether it was to begin a session. */
  readonly opening: boolean;
}

/** A load under way. */
export interface Load {
  readonly outcomes: readonly Outcome[];
  /** Milliseconds since the load began. */
  readonly now: () => number;
}

/** What one user does, call after call. */
interface User {
  /** Whether the next call is to begin a session. */
  readonly isOpening: () => boolean;
  /** Where the session lives, as far as that is known. */
  readonly replica: () => string;
  /** What comes of the next call. */
  readonly call: () => Promise<number | string>;
}

/** A user whose calls go over this connection. */
export type UserOn = (connection: Dispatcher) => User;

/**
 * Has users call an adapter through the Service, each on a connection of its own, while `work` is done and a second
 * after it. A user whose session is not found begins another one, and goes on after every failure.
 */
export async function underLoad(
  deployment: Reached,
  adapter: string,
  work: (load: Load) => Promise<void>,
): Promise<readonly Outcome[]> {
  const headers = await credentials(deployment);
  const called = { url: mcpUrl(deployment, adapter), headers, tool: 'whoami' };
  return underLoadOf(sessionUser(called, hostnameIn), work, deployment.connection);
}

/** The same with users of any other kind. */
export async function underLoadOf(
  userOn: UserOn,
  work: (load: Load) => Promise<void>,
  connection = plainConnection,
): Promise<readonly Outcome[]> {
  const since = performance.now();
  const now = (): number => performance.now() - since;
  const outcomes: Outcome[] = [];
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, AbortSignal.timeout(LONGEST_MS)]);
  const users = Array.from({ length: USERS }, () =>
    use(userOn, { outcomes, now, ended, connection: connection() }),
  );
  try {
    await sleep(1000);
    await work({ outcomes, now });
    await sleep(1000);
  } finally {
    over.abort();
    await Promise.all(users);
  }
  return outcomes;
}

const plainConnection = (): Dispatcher => new Agent({ connections: 1, headersTimeout: 30_000 });

interface Using {
  readonly outcomes: Outcome[];
  readonly now: () => number;
  readonly ended: AbortSignal;
  readonly connection: Dispatcher;
}

async function use(userOn: UserOn, { outcomes, now, ended, connection }: Using): Promise<void> {
  const user = userOn(connection);
  while (!ended.aborted) {
    const began = now();
    const opening = user.isOpening();
    const result = await user.call().catch(codeOf);
    outcomes.push({ began, ended: now(), replica: user.replica(), result, opening });
    await sleep(PAUSE_MS * (0.5 + Math.random()));
  }
  await connection.destroy();
}

interface Called {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tool: string;
  readonly args?: object;
}

/** A user with a session, in which one tool is called over and over; `placeOf` reads from a good answer where that is. */
export function sessionUser(
  { url, headers, tool, args }: Called,
  placeOf: (answer: McpAnswer) => string,
): UserOn {
  return (connection) => {
    let session: RawSession | undefined;
    let replica = '';
    return {
      isOpening: () => session === undefined,
      replica: () => replica,
      call: async () => {
        const opening = session === undefined;
        session ??= await openSession(url, headers, connection);
        const answer = await session.call(url, tool, args);
        if (answer.status === 404) session = undefined;
        if (answer.status !== 200) return answer.status;
        const place = placeOf(answer);
        const moved = !opening && place !== replica;
        replica = place;
        return moved ? 'another replica' : 200;
      },
    };
  };
}

const hostnameIn = (answer: McpAnswer): string =>
  (JSON.parse(textOf(answer)) as { hostname: string }).hostname;

/** Errors of Node's own are of another realm than a test's, so they are known by what they have. */
function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code ?? message ?? error);
}

/** How often each result came, for messages and expectations. */
export function tally(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const results = Object.groupBy(outcomes, ({ result }) => String(result));
  return Object.fromEntries(Object.entries(results).map(([key, of]) => [key, of?.length ?? 0]));
}

/** Those that were not answered well. */
export const failures = (outcomes: readonly Outcome[]): readonly Outcome[] =>
  outcomes.filter(({ result }) => result !== 200);
