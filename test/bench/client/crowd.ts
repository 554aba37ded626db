import { echoCall } from './calls.ts';
import { connect } from './connection.ts';
import { openSession } from './mcp-client.ts';
import type { Call } from './calls.ts';
import type { Connection } from './connection.ts';
import type { Endpoint, Session } from './mcp-client.ts';

/** Many virtual clients of one server, each with its own connection. */
export interface Crowd {
  /** So many callers of the tool `echo`, spread evenly over all sessions. */
  echo(concurrency: number): readonly Call[];
  /** A caller on connection `index` alone. */
  own(index: number): Call;
  readonly connections: readonly Connection[];
  readonly sessions: readonly Session[];
  close(): void;
}

/** Opens sessions and connections; connection i uses session i modulo their number. */
export async function assemble(
  endpoint: Endpoint,
  {
    sessions: sessionCount,
    connections: connectionCount,
  }: Readonly<Record<'sessions' | 'connections', number>>,
): Promise<Crowd> {
  const connections: Connection[] = [];
  const sessions: Session[] = [];
  for (let index = 0; index < connectionCount; index++) {
    const connection = await connect(endpoint.port);
    connections.push(connection);
    if (index < sessionCount) sessions.push(await openSession(connection, endpoint));
  }
  const calls = connections.map((connection, index) =>
    echoCall(connection, sessions[index % sessions.length]!),
  );
  return {
    // Fewer callers than sessions go round, so that every session is used at any concurrency.
    echo: (concurrency) =>
      concurrency < sessionCount
        ? Array.from({ length: concurrency }, (_, first) =>
            goingRound(calls.slice(0, sessionCount).filter((_, at) => at % concurrency === first)),
          )
        : calls.slice(0, concurrency),
    own: (index) => calls[index]!,
    connections,
    sessions,
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}

function goingRound(calls: readonly Call[]): Call {
  let turn = 0;
  return () => calls[turn++ % calls.length]!();
}
