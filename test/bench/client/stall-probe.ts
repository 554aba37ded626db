// A worker that calls `echo` in one session every millisecond and tells how long its worst call took since asked
// last. It has a thread of its own, so that a client busy with a large answer is not taken for a busy bridge.
import { parentPort, workerData } from 'node:worker_threads';
import { echoCall } from './calls.ts';
import { connect } from './connection.ts';
import { openSession } from './mcp-client.ts';
import type { Endpoint } from './mcp-client.ts';

const endpoint = workerData as Endpoint; // from probeStalls
const connection = await connect(endpoint.port);
const call = echoCall(connection, await openSession(connection, endpoint));
let worst = 0;
const questions: unknown[] = [];

parentPort?.on('message', (question) => questions.push(question));
parentPort?.postMessage('ready');
for (;;) {
  const before = performance.now();
  await call();
  worst = Math.max(worst, performance.now() - before);
  if (questions.pop() !== undefined) {
    parentPort?.postMessage(worst);
    worst = 0;
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}
