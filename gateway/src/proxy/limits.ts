import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Heard } from './heard-messages.ts';

/** What one request takes. */
export interface Traffic {
  /** JSON-RPC requests but those that begin a session. */
  readonly calls: number;
  readonly sessions: number;
  readonly streams: number;
}

/** Who takes it, and from whom. */
interface Parties {
  /** Undefined where it was counted for the caller already. */
  readonly principal: string | undefined;
  readonly adapter: string;
}

/** The settings that limits are made of. */
export type LimitSettings = Pick<
  GatewaySettings,
  {
    [S in 'PRINCIPAL' | 'ADAPTER']: `${S}_CALLS_PER_MINUTE` | `${S}_SESSIONS_PER_MINUTE` | `${S}_MAX_CALLS` | `${S}_MAX_SESSIONS` | `${S}_MAX_STREAMS`;
  }['PRINCIPAL' | 'ADAPTER']
>; // prettier-ignore

/** Keeps each caller and each adapter within what the settings let them take. */
export interface Limits {
  /** Takes it; what is returned gives back what ends with the request. Rejects with `rate_limited`. */
  enter: (parties: Parties, traffic: Traffic) => Promise<() => void> | (() => void);
}

export interface LimitDependencies {
  readonly settings: LimitSettings;
  /** How many sessions are in use, by `principalKey` or `adapterKey`. */
  readonly openSessions: (key: string) => number;
  /** Told of each refusal, by the name of the setting. */
  readonly limited: (limit: string) => void;
}

type Scope = 'PRINCIPAL' | 'ADAPTER';
type Amount = keyof Traffic;

/** One kind of party with what it may take. */
interface Side {
  readonly scope: Scope;
  readonly most: Readonly<Record<Amount, number>>;
  readonly open: Readonly<Record<Amount, Map<string, number>>>;
  readonly rates: Readonly<Record<'calls' | 'sessions', RateLimiterMemory | undefined>>;
}

const NOTHING = (): void => undefined;

/** The key of a caller in counts that are about callers and adapters. */
export const principalKey = (id: string): string => `p/${id}`;

/** The key of an adapter in such counts. */
export const adapterKey = (name: string): string => `a/${name}`;

/** What the messages of a POST take; a body that was not understood is taken for one call. */
export function trafficOf(
  method: string | undefined,
  heard: readonly Heard[] | undefined,
): Traffic {
  if (method === 'GET') return { calls: 0, sessions: 0, streams: 1 };
  if (method !== 'POST') return { calls: 0, sessions: 0, streams: 0 };
  if (heard === undefined) return { calls: 1, sessions: 0, streams: 0 };
  const requests = heard.filter(({ isRequest }) => isRequest);
  const sessions = requests.filter((message) => message.method === 'initialize').length;
  return { calls: requests.length - sessions, sessions, streams: 0 };
}

/** Limits of this process alone, from now on. */
export function callLimits({ settings, openSessions, limited }: LimitDependencies): Limits {
  const principals = sideOf('PRINCIPAL', settings);
  const adapters = sideOf('ADAPTER', settings);

  function refuse(scope: Scope, limit: string, retryAfterSeconds: number): never {
    limited(`${scope}_${limit}`);
    const whose = scope === 'PRINCIPAL' ? 'You have' : 'This adapter has';
    throw new GatewayError('rate_limited', `${whose} reached ${scope}_${limit} of this gateway.`, {
      retryAfterSeconds,
    });
  }

  function assertRoom({ scope, most, open }: Side, key: string, traffic: Traffic): void {
    for (const amount of ['calls', 'sessions', 'streams'] as const) {
      if (most[amount] === 0 || traffic[amount] === 0) continue;
      const inUse = amount === 'sessions' ? openSessions(key) : 0;
      const taken = (open[amount].get(key) ?? 0) + inUse;
      if (taken + traffic[amount] > most[amount]) refuse(scope, `MAX_${amount.toUpperCase()}`, 1);
    }
  }

  async function assertRate({ scope, rates }: Side, key: string, traffic: Traffic): Promise<void> {
    for (const amount of ['calls', 'sessions'] as const) {
      if (rates[amount] === undefined || traffic[amount] === 0) continue;
      try {
        await rates[amount].consume(key, traffic[amount]);
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        const wait = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
        refuse(scope, `${amount.toUpperCase()}_PER_MINUTE`, wait);
      }
    }
  }

  return {
    enter({ principal, adapter }, traffic) {
      if (traffic.calls + traffic.sessions + traffic.streams === 0) return NOTHING;
      const sides: readonly (readonly [Side, string])[] = [
        ...(principal === undefined ? [] : [[principals, principalKey(principal)] as const]),
        [adapters, adapterKey(adapter)],
      ];
      for (const [side, key] of sides) assertRoom(side, key, traffic);
      for (const [side, key] of sides) change(side, key, traffic, 1);
      const leave = (): void => {
        for (const [side, key] of sides) change(side, key, traffic, -1);
      };
      if (sides.every(([{ rates }]) => rates.calls === undefined && rates.sessions === undefined)) return leave; // prettier-ignore
      return withinRates(sides).then(
        () => leave,
        (error: unknown) => {
          leave();
          throw error;
        },
      );

      async function withinRates(all: typeof sides): Promise<void> {
        for (const [side, key] of all) await assertRate(side, key, traffic);
      }
    },
  };
}

function sideOf(scope: Scope, settings: LimitSettings): Side {
  const rate = (points: number) => (points === 0 ? undefined : new RateLimiterMemory({ points, duration: 60 })); // prettier-ignore
  return {
    scope,
    most: {
      calls: settings[`${scope}_MAX_CALLS`],
      sessions: settings[`${scope}_MAX_SESSIONS`],
      streams: settings[`${scope}_MAX_STREAMS`],
    },
    open: { calls: new Map(), sessions: new Map(), streams: new Map() },
    rates: {
      calls: rate(settings[`${scope}_CALLS_PER_MINUTE`]),
      sessions: rate(settings[`${scope}_SESSIONS_PER_MINUTE`]),
    },
  };
}

function change({ most, open }: Side, key: string, traffic: Traffic, by: 1 | -1): void {
  for (const amount of ['calls', 'sessions', 'streams'] as const) {
    if (most[amount] === 0 || traffic[amount] === 0) continue;
    const left = (open[amount].get(key) ?? 0) + by * traffic[amount];
    if (left > 0) open[amount].set(key, left);
    else open[amount].delete(key);
  }
}
