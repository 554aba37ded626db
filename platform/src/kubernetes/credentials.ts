import { HttpMethod, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';

const FRESH_MS = 60_000;

/** Connections to a cluster's API server, and what makes it trust us. */
export interface Credentials {
  readonly headers: Record<string, string>;
  readonly dispatcher: Dispatcher;
}

/** Keeps credentials fresh: tokens and certificates are replaced on disk while a program runs. */
export interface CredentialsKeeper {
  readonly current: () => Promise<Credentials>;
  /** Says that the server did not accept them. */
  readonly refused: () => void;
  /** Cuts all connections. */
  readonly close: () => Promise<void>;
}

/** Reads the credentials of a configuration's current user. */
export function credentialsKeeper(config: KubeConfig, server: string): CredentialsKeeper {
  const open = new Set<Dispatcher>();
  let current = read();
  let since = performance.now();

  function read(): Promise<Credentials> {
    const reading = readCredentials(config, server);
    reading.then(
      ({ dispatcher }) => open.add(dispatcher),
      () => (since = -Infinity),
    );
    return reading;
  }

  /** What goes on over the old connections, such as a watch, may end. */
  function renew(): void {
    const old = current;
    since = performance.now();
    current = read();
    current.then(
      () => old.then(retire, () => undefined),
      () => undefined,
    );
  }

  function retire({ dispatcher }: Credentials): void {
    void dispatcher
      .close()
      .catch(() => undefined)
      .finally(() => open.delete(dispatcher));
  }

  return {
    current: () => {
      if (performance.now() - since > FRESH_MS) renew();
      return current;
    },
    refused: () => (since = -Infinity),
    close: async () => {
      await current.catch(() => undefined);
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

async function readCredentials(config: KubeConfig, server: string): Promise<Credentials> {
  const context = new RequestContext(server, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return { headers: context.getHeaders(), dispatcher: context.getDispatcher() ?? new Agent() };
}
