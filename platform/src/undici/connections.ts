import { serverConnection } from './server-connection.ts';
import type { ServerConnection } from './server-connection.ts';

const IDLE_MILLISECONDS = 10_000;

/** Keep-alive connections by origin; one exchange has a connection for itself. */
export interface Connections {
  /** The connection that was used last, since it is the least likely to be closed already, or a new one. */
  take: (origin: string) => ServerConnection;
  giveBack: (origin: string, connection: ServerConnection) => void;
  /** Closes what was idle for long; true while something is kept. */
  sweep: (now: number) => boolean;
  close: () => void;
}

interface Idle {
  readonly connection: ServerConnection;
  readonly since: number;
}

/** Connections that open on demand and close after ten idle seconds; servers may close them earlier. */
export function connections(): Connections {
  const idle = new Map<string, Idle[]>();
  return {
    take(origin) {
      const stack = idle.get(origin);
      for (let top = stack?.pop(); top !== undefined; top = stack?.pop()) {
        if (top.connection.usable()) return top.connection;
        top.connection.destroy();
      }
      return serverConnection(origin);
    },
    giveBack(origin, connection) {
      const since = performance.now();
      if (!connection.usable()) {
        connection.destroy();
        return;
      }
      const stack = idle.get(origin);
      if (stack === undefined) idle.set(origin, [{ connection, since }]);
      else stack.push({ connection, since });
    },
    sweep(now) {
      for (const [origin, stack] of idle) {
        const kept = stack.findIndex(({ since }) => now - since < IDLE_MILLISECONDS);
        const old = stack.splice(0, kept === -1 ? stack.length : kept);
        for (const { connection } of old) connection.destroy();
        if (stack.length === 0) idle.delete(origin);
      }
      return idle.size > 0;
    },
    close() {
      for (const { connection } of [...idle.values()].flat()) connection.destroy();
      idle.clear();
    },
  };
}
