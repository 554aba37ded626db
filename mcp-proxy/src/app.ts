import { isGatewayError, STATUS } from '@mcp-gateway/core/domain/errors';
import type { Log } from '@mcp-gateway/core/ports/log';
import { startChild } from './child/child.ts';
import { childPool } from './child/child-pool.ts';
import { createGuardian, type Guardian } from './child/guardian.ts';
import type { BridgeConfig } from './config.ts';
import { answerHealth, type Health } from './health.ts';
import { createGuard } from './http/guard.ts';
import { type Refusal, refuse } from './http/answer.ts';
import { notFound, shuttingDown } from './http/refusals.ts';
import type { Admission } from './admission.ts';
import { legacyEndpoint } from './legacy/legacy-endpoint.ts';
import { createSessions } from './legacy/sessions.ts';
import { mcpEndpoint } from './mcp-endpoint.ts';
import { createCallers } from './modern/callers.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import type { Service } from './service.ts';
import type { Tuning } from './tuning.ts';
import { until } from './until.ts';
import { pathOf } from './http/target.ts';

/** The bridge from HTTP to children on stdio, without its socket. */
export interface Bridge extends Service {
  /** Children that live. */
  readonly children: () => number;
}

export interface BridgeOptions {
  readonly config: BridgeConfig;
  readonly command: { readonly command: string; readonly args: readonly string[] };
  readonly tuning: Tuning;
  readonly log: Log;
}

const TICKS_PER_BEAT = 3;

/** Wires the bridge; nothing runs before `start`. */
export function createBridge(options: BridgeOptions): Bridge {
  const { config, tuning, log } = options;
  const guardian = createGuardian();
  const { pool, supervisor } = childrenOf(options, guardian);
  const shared = {
    pool,
    initTimeoutMs: config.settings.MCP_INIT_TIMEOUT_SECONDS * 1000,
    idleTimeoutMs: config.settings.MCP_IDLE_TIMEOUT_SECONDS * 1000,
    cancelGraceMs: config.settings.MCP_CANCEL_GRACE_SECONDS * 1000,
    tuning,
    log,
  };
  const callers = createCallers({ ...shared, firstModern: supervisor.firstModern });
  const sessions = createSessions({ ...shared, makeRoom: callers.makeRoom });
  let draining = false;
  let ticker: NodeJS.Timeout | undefined;

  const health = (): Health => {
    if (draining) return { status: 'draining', detail: 'The bridge is shutting down' };
    const ready = supervisor.era() !== undefined;
    return { status: ready ? 'ready' : 'starting', detail: supervisor.detail() };
  };
  const admit = admission(supervisor, () => draining);
  const mcp = mcpEndpoint({
    legacy: legacyEndpoint(sessions, admit),
    callers,
    admit,
    maxBodyBytes: config.settings.MCP_MAX_BODY_BYTES,
    guard: createGuard({
      host: config.settings.HOST,
      allowedOrigins: config.settings.MCP_ALLOWED_ORIGINS,
      allowedHosts: config.settings.MCP_ALLOWED_HOSTS,
    }),
  });
  const tick = (): void => {
    sessions.tick(TICKS_PER_BEAT);
    callers.tick(TICKS_PER_BEAT);
  };

  return {
    handler: (request, response) => {
      // Writing to a client that has gone is nobody's error.
      response.on('error', ignore);
      const path = pathOf(request);
      if (path === '/mcp') mcp(request, response);
      else if (!answerHealth(path, response, health)) refuse(response, null, notFound);
    },
    start: () => {
      supervisor.start();
      ticker = setInterval(tick, tuning.heartbeatMs / TICKS_PER_BEAT);
    },
    drain: async () => {
      draining = true;
      supervisor.stop();
      pool.keepSpares(false);
      const drainMs = config.settings.MCP_DRAIN_SECONDS * 1000;
      await until(() => sessions.waiting() + callers.waiting() === 0, drainMs);
      sessions.closeAll(shuttingDown);
      callers.closeAll(shuttingDown);
      await pool.endAll();
      clearInterval(ticker);
      guardian.close();
    },
    kill: pool.killAll,
    children: pool.size,
  };
}

function childrenOf({ config, command, tuning, log }: BridgeOptions, guardian: Guardian) {
  const { settings, environment } = config;
  const maxLineBytes = settings.MCP_MAX_LINE_BYTES;
  const pool = childPool({
    start: () => startChild({ ...command, environment, maxLineBytes, guardian, tuning, log }),
    started: (child) => supervisor.watch(child),
    spares: settings.MCP_POOL,
    max: settings.MCP_MAX_SESSIONS,
    tuning,
    log,
  });
  const supervisor: Supervisor = createSupervisor({
    pool,
    command: command.command,
    initTimeoutMs: settings.MCP_INIT_TIMEOUT_SECONDS * 1000,
    tuning,
    log,
  });
  return { pool, supervisor };
}

/** Lets a post in once the era is known, or answers with why it cannot be. */
function admission(supervisor: Supervisor, draining: () => boolean): Admission {
  return (post, use) => {
    const id = post.message.method === undefined ? null : (post.message.id ?? null);
    const era = supervisor.era();
    if (draining()) refuse(post.response, id, shuttingDown);
    else if (era) use(era);
    else {
      supervisor.known().then(
        (known) => {
          if (!post.response.destroyed) use(known);
        },
        (error: unknown) => refuse(post.response, id, refusalOf(error)),
      );
    }
  };
}

function refusalOf(error: unknown): Refusal {
  if (!isGatewayError(error)) throw error;
  const { code, message, retryAfterSeconds } = error;
  return {
    status: STATUS[code],
    message,
    data: { code },
    ...(retryAfterSeconds && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  };
}

function ignore(): void {
  // Nothing to do.
}
