import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { echoCall } from './client/calls.ts';
import { connect } from './client/connection.ts';
import { openSession } from './client/mcp-client.ts';
import { adapterPath, register } from './gateway.ts';
import { freePort, start } from './processes.ts';
import { GATEWAY } from './relay.ts';
import { inTurn } from './rounds.ts';
import type { Run } from './rounds.ts';

/** The scenario of this file. */
export const FIRST_TOOL_SCENARIO = 'npm start → first tool answered';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const ADAPTER = 'example';

/** From `npm start`, installed and without state, until a tool of a server registered then has answered. */
export function firstTool(run: Run): Promise<void> {
  run.say(FIRST_TOOL_SCENARIO);
  const act = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-start-'));
    try {
      const seconds = await startAndCall(join(folder, 'data'));
      const measure = { scenario: FIRST_TOOL_SCENARIO, subject: GATEWAY, metric: 'seconds' };
      run.ledger.record(measure, seconds);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return inTurn(run, FIRST_TOOL_SCENARIO, [{ subject: GATEWAY, act }]);
}

async function startAndCall(dataDir: string): Promise<number> {
  const managementPort = await freePort();
  const before = performance.now();
  const gateway = await start({
    command: () => ['npm', 'start'],
    directory: REPOSITORY,
    environment: (port) => ({
      HOST: '127.0.0.1',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      DATA_DIR: dataDir,
    }),
  });
  try {
    await register(gateway.port, { name: ADAPTER, imageName: 'mcp-example' });
    const connection = await connect(gateway.port);
    const endpoint = { port: gateway.port, path: adapterPath(ADAPTER) };
    const session = await openSession(connection, endpoint);
    await echoCall(connection, session)();
    const seconds = (performance.now() - before) / 1000;
    connection.close();
    return seconds;
  } finally {
    await gateway.stop();
  }
}
