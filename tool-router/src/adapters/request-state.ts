import {
  createRequestStateCodec,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server';

/** Wraps what an adapter wants back on a retry, so that nobody else can bring it and nobody can change it. */
export interface RequestStates {
  readonly seal: (binding: StateBinding, state: string) => Promise<string>;
  /** Throws the protocol's error for a state that is not of this caller and this request. */
  readonly open: (binding: StateBinding, sealed: string) => Promise<string>;
}

/** Whom a state belongs to: the caller, the adapter, and what was asked of it. */
type StateBinding = readonly string[];

const PURPOSE = 'request state of adapters\n';
const TTL_SECONDS = 3600;

/** The first secret seals, all open, so that states survive a rotation and any replica can take a retry. */
export function requestStates(secrets: readonly string[]): RequestStates {
  const codecs = (binding: StateBinding) =>
    secrets.map((secret) =>
      createRequestStateCodec<string>({
        key: PURPOSE + secret,
        ttlSeconds: TTL_SECONDS,
        bind: () => JSON.stringify(binding),
      }),
    );
  return {
    seal: async (binding, state) => {
      const [first] = codecs(binding);
      if (first === undefined) throw new Error('there is no secret');
      return first.mint(state, NO_CONTEXT);
    },
    open: async (binding, sealed) => {
      for (const codec of codecs(binding)) {
        const state: unknown = await codec.verify(sealed, NO_CONTEXT).catch(() => undefined);
        if (typeof state === 'string') return state;
      }
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid or expired requestState', {
        reason: 'invalid_request_state',
      });
    },
  };
}

/** Our bindings do not come from the library's context. */
const NO_CONTEXT = {} as never;
