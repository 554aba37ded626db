import { expect, test } from '@jest/globals';
import { readiness } from './health.ts';

const well = { healthy: () => true, loaded: () => true, unreadable: () => [] };
const running = new AbortController().signal;

const readinessWith = (tools: typeof well | { unreadable: () => string[] }, stopping = running) =>
  readiness({ directories: { adapter: well, tool: { ...well, ...tools } }, stopping });

test('a gateway that has never read its store is not ready; one that cannot read it any more is', () => {
  expect(readinessWith(well)).toMatchObject({ ready: true, checks: { store: 'ok' } });
  const away = { ...well, healthy: () => false };
  expect(readinessWith(away)).toMatchObject({ ready: true, checks: { store: 'degraded' } });
  const never = { ...away, loaded: () => false };
  expect(readinessWith(never)).toMatchObject({ ready: false, checks: { store: 'failing' } });
});

test('records that cannot be read are shown, and a gateway that stops is not ready', () => {
  const spoilt = readinessWith({ unreadable: () => ['weather'] });
  expect(spoilt).toMatchObject({ ready: true, checks: { records: 'degraded' } });
  expect(readinessWith(well, AbortSignal.abort()).ready).toBe(false);
});
