import { z } from 'zod';
import type { Log } from '@mcp-gateway/core/ports/log';
import { backOff } from './back-off.ts';
import { engineWords } from './engine.ts';
import type { Engine } from './engine.ts';
import { jsonLines } from './json-lines.ts';
import type { Timings } from './options.ts';

const Progress = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional() }).optional(),
  error: z.string().optional(),
});
type Progress = z.output<typeof Progress>;

/** An image that is not there yet. */
export type PullState =
  | { readonly kind: 'pulling'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string; readonly retryAt: number };

/** Fetches images in the background, each once at a time. */
export interface ImagePulls {
  /** Begins unless it is under way or failed a short while ago. */
  begin: (reference: string) => void;
  state: (reference: string) => PullState | undefined;
}

interface Pulls {
  readonly engine: Engine;
  readonly log: Log;
  readonly timings: Timings;
  readonly signal: AbortSignal;
  /** Called when an image has come or could not be had. */
  readonly ended: (reference: string) => void;
}

/** Pulls by the engine, which shares what several gateways pull at once. */
export function imagePulls({ engine, log, timings, signal, ended }: Pulls): ImagePulls {
  const states = new Map<string, PullState>();
  const failures = new Map<string, number>();

  const pull = async (reference: string): Promise<void> => {
    const layers = new Map<string, Progress>();
    const stream = await engine.streams.pull(reference, { abortSignal: signal });
    for await (const line of jsonLines(stream as AsyncIterable<Buffer>)) {
      const progress = Progress.parse(line);
      if (progress.error !== undefined) throw new Error(progress.error);
      if (progress.id !== undefined) layers.set(progress.id, progress);
      states.set(reference, { kind: 'pulling', message: progressMessage(reference, layers) });
    }
  };

  const begin = async (reference: string): Promise<void> => {
    states.set(reference, { kind: 'pulling', message: `pulling ${reference}` });
    try {
      await pull(reference);
      states.delete(reference);
      failures.delete(reference);
      log.info({ image: reference }, 'image pulled');
    } catch (error) {
      const failed = (failures.get(reference) ?? 0) + 1;
      failures.set(reference, failed);
      const retryAt = Date.now() + backOff(timings, failed);
      const message = `${reference} cannot be pulled: ${engineWords(error)}`;
      states.set(reference, { kind: 'failed', message, retryAt });
      log.warn({ image: reference, failures: failed }, 'image not pulled');
    }
    if (!signal.aborted) ended(reference);
  };

  return {
    state: (reference) => states.get(reference),
    begin: (reference) => {
      const state = states.get(reference);
      if (state?.kind === 'pulling' || (state && state.retryAt > Date.now())) return;
      void begin(reference);
    },
  };
}

/** Such as `pulling weather:1, layer 3/7, 12 MB`. */
export function progressMessage(reference: string, lines: ReadonlyMap<string, Progress>): string {
  const layers = [...lines].filter(([id]) => /^[0-9a-f]{12}$/.test(id)).map(([, line]) => line);
  if (layers.length === 0) return `pulling ${reference}`;
  const done = layers.filter(({ status }) => /^(Pull complete|Already exists)$/.test(status ?? ''));
  const bytes = layers.reduce((sum, { progressDetail }) => sum + (progressDetail?.current ?? 0), 0);
  const amount = bytes === 0 ? '' : `, ${(bytes / 1e6).toFixed(1)} MB under way`;
  return `pulling ${reference}: layer ${done.length}/${layers.length}${amount}`;
}
