import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type RequestListener } from 'node:http';
import type { Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import type { Log } from '@mcp-gateway/core/ports/log';
import { sharedListener } from './internal-listener.ts';
import type { DataPlane } from './proxy/data-plane.ts';
import { routerDestination, type Destination } from './proxy/destination.ts';
import { listen, type Listener } from './server.ts';

/** The tool router as the platform runs it. */
export interface RouterPort {
  /** The first is sent, all count. */
  readonly secrets: readonly string[];
  /** Where its replicas are. */
  readonly endpoints: Endpoints;
  /** On one machine: has it run, and tells it where it calls back. */
  readonly local?: {
    readonly start: (gatewayUrl: string) => Promise<void>;
    /** Holds the port that gateways of one folder have agreed on. */
    readonly portFile: string;
  };
}

/** The gateway's side of the tool router. */
export interface RouterLink {
  /** Where calls of `/mcp` go; has the router run where that is this program's to do. */
  readonly destination: () => Promise<Destination>;
  /** Has the router come on other connections, which lead to other gateways where there are some. */
  readonly leave: Listener['leave'];
  /** Takes no new call and resolves when the last has ended; at the deadline what is left is cut. */
  readonly drain: (deadline: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface RouterLinkOptions {
  readonly router: RouterPort;
  /** Answers what the router asks back. */
  readonly plane: Pick<DataPlane, 'handles' | 'handle' | 'drain'>;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
}

const LIVE_PATH = '/health/live';
const FOLDER_HEADER = 'x-gateway-folder';

/** Opens the internal port. */
export async function routerLink(options: RouterLinkOptions): Promise<RouterLink> {
  const { router, plane, host, port, log } = options;
  const [secret = ''] = router.secrets;
  // While secrets are rotated one gateway's first is another one's second.
  const folders = router.secrets.map(folderOf);
  const handler = internalHandler(plane, folderOf(secret));
  const destination = routerDestination(secret);
  if (router.local === undefined) {
    const listener = await listen(handler, host, port);
    return { destination: () => Promise.resolve(destination), ...endOf(listener, plane) };
  }
  const { start, portFile } = router.local;
  let started: Promise<void> | undefined;
  const listener = await sharedListener({
    ...{ handler, host, port, file: portFile, log },
    isOurs: (origin, signal) => answersFor(folders, origin, signal),
    moved: () => (started = undefined),
  });
  return {
    destination: async () => {
      started ??= start(listener.url());
      await started.catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return destination;
    },
    ...endOf(listener, plane),
  };
}

/** The router calls for clients of any gateway, so its calls get their time even if this one has no client left. */
function endOf(
  listener: Pick<Listener, 'leave' | 'close' | 'cut'>,
  plane: Pick<DataPlane, 'drain'>,
): Pick<RouterLink, 'leave' | 'drain' | 'close'> {
  const close = async (): Promise<void> => {
    listener.cut();
    await listener.close();
  };
  return {
    leave: listener.leave,
    drain: async (deadline) => {
      const closed = listener.close();
      await plane.drain(deadline);
      if (!deadline.aborted) await Promise.race([closed, once(deadline, 'abort')]);
      listener.cut();
      await closed;
    },
    close,
  };
}

function internalHandler(plane: RouterLinkOptions['plane'], folder: string): RequestListener {
  return (request, response) => {
    const { url = '' } = request;
    if (plane.handles(url)) plane.handle(request, response);
    else response.writeHead(url === LIVE_PATH ? 200 : 404, { [FOLDER_HEADER]: folder }).end();
  };
}

const folderOf = (secret: string): string =>
  createHash('sha256').update(`folder ${secret}`).digest('hex').slice(0, 16);

function answersFor(
  folders: readonly string[],
  origin: string,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${origin}${LIVE_PATH}`, { signal, agent: false }, (response) => {
      resolve(folders.includes(String(response.headers[FOLDER_HEADER])));
      response.destroy();
    }).on('error', () => resolve(false));
  });
}
