import {
  Client,
  ProtocolError,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type ClientCapabilities,
  type PriorDiscovery,
  type Progress,
  type RequestOptions,
  type ServerCapabilities,
} from '@modelcontextprotocol/client';
import type { Caller } from '../caller.ts';
import type { GatewayLink } from '../gateway-link.ts';
import type { Patience } from '../tools/deadline.ts';
import { adapterFetch } from './adapter-fetch.ts';
import { BROKEN_STREAM } from './adapter-trouble.ts';

/** Kinds of lists that an adapter has; templates change together with resources. */
export type ListKind = 'tools' | 'prompts' | 'resources';

/** What an adapter may ask of the client while it answers a call. */
interface ServerAsk {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
  readonly params?: Record<string, unknown> | undefined;
}

/** One request to an adapter, and what belongs to it while it runs. */
export interface AdapterCall {
  readonly caller: Caller;
  /** What the client of this request can be asked. */
  readonly capabilities: ClientCapabilities;
  readonly patience: Patience;
  readonly signal?: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onLog?: ((params: Record<string, unknown>) => void) | undefined;
  readonly onAsk?: ((ask: ServerAsk) => Promise<Record<string, unknown>>) | undefined;
}

/** A session with an adapter of the era that has them; in the other era what is known of it. */
export interface Connection {
  readonly era: 'legacy' | 'modern';
  readonly serverCapabilities: ServerCapabilities;
  /** What lets the next connection of this adapter begin without asking for its era. */
  readonly prior: PriorDiscovery;
  /** Runs `work` with a client that carries `call`. */
  readonly run: <T>(call: AdapterCall, work: Work<T>) => Promise<T>;
  /** Ends the session at the adapter as well. */
  readonly close: () => Promise<void>;
}

type Work<T> = (client: Client, options: RequestOptions) => Promise<T>;

export interface ConnectOptions {
  readonly gateway: GatewayLink;
  readonly adapter: string;
  readonly maxResultBytes: number;
  readonly connectMs: number;
  readonly prior: PriorDiscovery | undefined;
  /** The era of the client: a server that has both is asked in the same, so that all it can do reaches the client. */
  readonly preferred: 'legacy' | 'modern';
  readonly onListChanged: (kind: ListKind) => void;
}

const INFO = { name: 'mcp-gateway-tool-router', version: '0.1.0' };
const LISTS = ['tools', 'prompts', 'resources'] as const;

/** Results are checked by whoever asked for them. */
const NO_CHECK = { getValidator: () => (data: unknown) => ({ valid: true as const, data: data as never, errorMessage: undefined }) }; // prettier-ignore

/** Opens a connection on behalf of the caller of `first`, in the era that the adapter speaks. */
export async function connect(options: ConnectOptions, first: AdapterCall): Promise<Connection> {
  if (options.prior !== undefined || options.preferred === 'modern') return open(options, first);
  try {
    return await open({ ...options, prior: { kind: 'legacy' } }, first);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return open(options, first);
  }
}

/** A server that knows no sessions says so; one that is down says nothing. */
function isRefusal(error: unknown): boolean {
  if (error instanceof ProtocolError) return true;
  return error instanceof SdkHttpError && error.status < 500;
}

async function open(options: ConnectOptions, first: AdapterCall): Promise<Connection> {
  const current: Current = { caller: first.caller, calls: [] };
  const { client, transport } = newClient(options, current, first.capabilities);
  hearLists(client, options.onListChanged);
  await client.connect(transport, {
    timeout: options.connectMs,
    ...(options.prior && { prior: options.prior }),
  });
  const discover = client.getDiscoverResult();
  const serverCapabilities = client.getServerCapabilities() ?? {};
  if (client.getProtocolEra() === 'legacy' || discover === undefined) {
    return {
      era: 'legacy',
      serverCapabilities,
      prior: { kind: 'legacy' },
      run: (call, work) => runWithin(client, current, call, work),
      close: async () => {
        await transport.terminateSession().catch(() => undefined);
        await client.close();
      },
    };
  }
  listen(client, serverCapabilities);
  const prior: PriorDiscovery = { kind: 'modern', discover };
  return {
    era: 'modern',
    serverCapabilities,
    prior,
    run: (call, work) => runAlone({ ...options, prior }, call, work),
    close: () => client.close(),
  };
}

/** What runs on a client at the moment; where several do, what comes without a name belongs to the latest. */
interface Current {
  caller: Caller;
  calls: AdapterCall[];
}

function newClient(options: ConnectOptions, current: Current, capabilities: ClientCapabilities) {
  const client = new Client(INFO, {
    capabilities,
    versionNegotiation: { mode: 'auto' },
    jsonSchemaValidator: NO_CHECK,
    inputRequired: { autoFulfill: false },
  });
  client.onerror = () => undefined; // each failure reaches the request that it belongs to
  client.setNotificationHandler('notifications/message', ({ params }) => {
    current.calls.at(-1)?.onLog?.({ ...params });
  });
  const ask = (request: { method: ServerAsk['method']; params?: unknown }) => {
    const onAsk = current.calls.at(-1)?.onAsk;
    if (onAsk === undefined) throw new Error('Nobody is there who could answer.');
    return onAsk({ method: request.method, params: request.params as ServerAsk['params'] });
  };
  if (capabilities.elicitation)
    client.setRequestHandler(
      'elicitation/create',
      async (request) => (await ask(request)) as never,
    );
  if (capabilities.sampling)
    client.setRequestHandler(
      'sampling/createMessage',
      async (request) => (await ask(request)) as never,
    );
  if (capabilities.roots)
    client.setRequestHandler('roots/list', async (request) => (await ask(request)) as never);
  const transport = newTransport(options, current);
  return { client, transport };
}

function newTransport(options: ConnectOptions, current: Current): StreamableHTTPClientTransport {
  const { gateway, adapter, maxResultBytes } = options;
  const transport = new StreamableHTTPClientTransport(gateway.adapterUrl(adapter), {
    fetch: adapterFetch(gateway, () => current.caller, maxResultBytes),
    reconnectionOptions: {
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 30_000,
      reconnectionDelayGrowFactor: 2,
      maxRetries: 5,
    },
  });
  const send = transport.send.bind(transport);
  // The library waits for the answer until the time is over, even when its stream has long ended without it.
  transport.send = (message, sendOptions) =>
    send(message, {
      ...sendOptions,
      onRequestStreamEnd: () => {
        sendOptions?.onRequestStreamEnd?.();
        if (Array.isArray(message) || !('method' in message) || !('id' in message)) return;
        const error = { code: BROKEN_STREAM, message: 'The stream ended before the answer.' };
        transport.onmessage?.({ jsonrpc: '2.0', id: message.id, error });
      },
    });
  return transport;
}

async function runWithin<T>(
  client: Client,
  current: Current,
  call: AdapterCall,
  work: Work<T>,
): Promise<T> {
  current.caller = call.caller;
  current.calls.push(call);
  try {
    return await work(client, requestOptions(call));
  } finally {
    current.calls.splice(current.calls.indexOf(call), 1);
  }
}

/** A request of the modern era stands alone, and so does its client: what comes with it can belong to nothing else. */
async function runAlone<T>(
  options: ConnectOptions & { prior: PriorDiscovery },
  call: AdapterCall,
  work: Work<T>,
): Promise<T> {
  const current: Current = { caller: call.caller, calls: [call] };
  const { client, transport } = newClient(options, current, call.capabilities);
  await client.connect(transport, { prior: options.prior });
  try {
    return await work(client, requestOptions(call));
  } finally {
    await client.close();
  }
}

function requestOptions({ caller, patience, signal, onProgress }: AdapterCall): RequestOptions {
  return {
    timeout: patience.silenceMs,
    maxTotalTimeout: patience.totalMs,
    resetTimeoutOnProgress: true,
    allowInputRequired: true,
    headers: { ...caller.headers },
    ...(signal && { signal }),
    ...(onProgress && { onprogress: onProgress }),
  };
}

function hearLists(client: Client, onListChanged: (kind: ListKind) => void): void {
  for (const kind of LISTS) {
    client.setNotificationHandler(`notifications/${kind}/list_changed`, () => onListChanged(kind));
  }
}

/** In the background: an adapter that does not say when it changes is asked again from time to time. */
function listen(client: Client, capabilities: ServerCapabilities): void {
  const filter = {
    ...(capabilities.tools?.listChanged && { toolsListChanged: true }),
    ...(capabilities.prompts?.listChanged && { promptsListChanged: true }),
    ...(capabilities.resources?.listChanged && { resourcesListChanged: true }),
  };
  if (Object.keys(filter).length > 0) client.listen(filter).catch(() => undefined);
}
