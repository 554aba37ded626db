import { KubeConfig } from '@kubernetes/client-node';
import { ApiError, apiError } from './api-error.ts';
import { credentialsKeeper } from './credentials.ts';

const ANSWER_MS = 15_000;
const MAX_STATUS_BYTES = 64 * 1024;

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Speaks HTTP with the API server over kept connections; throws `ApiError` for whatever goes wrong. */
export interface ApiClient {
  /** The whole answer, within a deadline. */
  json: <T>(request: ApiRequest) => Promise<T>;
  /** The answer as it comes, for as long as it comes at least every `silenceMs`. */
  stream: (request: ApiRequest, silenceMs: number) => Promise<AsyncIterable<Buffer>>;
  /** Ends all that is under way. */
  close: () => Promise<void>;
}

/**
 * The client for a configuration's current cluster and user. The library's own calls open a new connection
 * each and have no deadline; its knowledge of configurations, tokens and certificates is what is used of it.
 */
export function apiClient(config: KubeConfig, answerMs = ANSWER_MS): ApiClient {
  const server = config.getCurrentCluster()?.server ?? '';
  const base = new URL(server);
  const credentials = credentialsKeeper(config, server);

  async function send(request: ApiRequest, silenceMs: number, signal: AbortSignal | undefined) {
    const { dispatcher, headers } = await credentials.current();
    const response = await dispatcher.request({
      origin: base.origin,
      path: pathOf(base, request),
      method: request.method ?? 'GET',
      headers: { ...headers, ...headersOf(request) },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      headersTimeout: answerMs,
      bodyTimeout: silenceMs,
      signal: signal ?? null,
    });
    if (response.statusCode < 300) return response.body;
    if (response.statusCode === 401) credentials.refused();
    throw apiError(response.statusCode, await beginning(response.body));
  }

  return {
    json: async <T>(request: ApiRequest): Promise<T> => {
      const deadline = AbortSignal.timeout(answerMs);
      const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
      try {
        const body = await send(request, answerMs, signal);
        return (await body.json()) as T; // the caller names the type that this path answers with
      } catch (error) {
        throw asApiError(error, deadline.aborted);
      }
    },
    stream: async (request, silenceMs) => {
      try {
        return await send(request, silenceMs, request.signal);
      } catch (error) {
        throw asApiError(error, false);
      }
    },
    close: credentials.close,
  };
}

function pathOf(base: URL, { path, query = {} }: ApiRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return base.pathname.replace(/\/$/, '') + path + (text === '' ? '' : `?${text}`);
}

function headersOf({ body, contentType, accept }: ApiRequest): Record<string, string> {
  return {
    accept: accept ?? 'application/json',
    'user-agent': 'mcp-gateway',
    ...(body && { 'content-type': contentType ?? 'application/json' }),
  };
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString();
    if (text.length > MAX_STATUS_BYTES) break;
  }
  return text;
}

function asApiError(error: unknown, late: boolean): unknown {
  if (error instanceof ApiError) return error;
  if (late || isTimeout(error)) return new ApiError(504, 'Timeout', 'no answer in time', error);
  return new ApiError(503, 'Unreachable', 'no connection', error);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name.includes('TimeoutError');
}

/** The cluster as kubectl finds it, or that of the pod in which this runs. */
export function defaultConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}
