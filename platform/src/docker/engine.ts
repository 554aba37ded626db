import Docker from 'dockerode';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { engineAddress } from './engine-address.ts';

const CALL_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 1_500;

/** Clients of one engine: `calls` give up on an engine that hangs, `streams` stay as long as wanted. */
export interface Engine {
  readonly calls: Docker;
  readonly streams: Docker;
}

/** The engine of this machine; throws `SettingsError` for one elsewhere, whose containers could not be reached. */
export function dockerEngine(dockerHost?: string): Engine {
  const where = engineAddress(dockerHost);
  return {
    calls: new Docker({ ...where, timeout: CALL_TIMEOUT_MS }),
    streams: new Docker(where),
  };
}

/** True when a Docker engine of this machine answers now. */
export async function dockerAnswers(dockerHost?: string): Promise<boolean> {
  try {
    await new Docker({ ...engineAddress(dockerHost), timeout: ANSWER_TIMEOUT_MS }).ping();
    return true;
  } catch {
    return false;
  }
}

/** The HTTP status of an engine's refusal. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** What the engine said, for the owner of a workload. */
export function engineWords(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'json' in error) {
    const { json } = error;
    if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message);
  }
  return String(error).replace(/^Error: /, '');
}

/** Passes a refusal on and turns an engine that cannot be reached into `unavailable`. */
export function unavailableEngine(error: unknown): never {
  if (error instanceof GatewayError || statusOf(error) !== undefined) throw error;
  throw new GatewayError('unavailable', 'The Docker engine does not answer.', {
    cause: error,
    retryAfterSeconds: 5,
  });
}

/** Lets pass that one of `statuses` came, because somebody else has done the same. */
export function unless(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
}
