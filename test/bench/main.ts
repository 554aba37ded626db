import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OURS } from './bridge/contenders.ts';
import { payloads } from './bridge/payloads.ts';
import { churn, memoryBySessions, openTimes, startTimes } from './bridge/sessions.ts';
import { echoThroughput, listThroughput, remoteThroughput } from './bridge/throughput.ts';
import { benchmarkPage } from './document.ts';
import { firstTool } from './first-tool.ts';
import { createLedger } from './ledger.ts';
import { loadAverage, thisMachine } from './machine.ts';
import { HELP, parseOptions } from './options.ts';
import { installPeers } from './peers.ts';
import { REASONS } from './reasons.ts';
import { GATEWAY, relay } from './relay.ts';
import { judge } from './target.ts';
import { targetTable } from './tables.ts';
import { TARGETS } from './targets.ts';
import { inTurn } from './rounds.ts';
import type { Machine } from './machine.ts';
import type { Options, Part } from './options.ts';
import type { Run } from './rounds.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

const options = readOptions();
if (options.help) {
  console.log(HELP);
} else {
  process.on('SIGINT', () => process.exit(130)); // what was started ends on exit
  process.on('SIGTERM', () => process.exit(143));
  process.exit(await main(options)); // what a failed scenario has left running ends here
}

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

async function main(options: Options): Promise<number> {
  const machine = thisMachine();
  const load = loadAverage();
  const run = createRun(options);
  const doPart = parts(run, machine);
  bundle(options.parts);
  for (const part of options.parts) {
    const subject = part === 'bridge' ? OURS : GATEWAY;
    const act = doPart[part];
    await inTurn({ ...run, repeats: 1 }, part, [{ subject, act }]); // one broken part leaves the others
  }

  const verdicts = TARGETS.filter(({ part }) => options.parts.includes(part)).map((target) =>
    judge(run.ledger, target),
  );
  const date = new Date().toISOString().slice(0, 10);
  const { ledger, repeats, seconds } = run;
  const page = benchmarkPage({
    ...{ ledger, machine, options, verdicts, date, repeats, seconds, load },
    reasons: REASONS,
  });
  console.log(options.write ? targetTable(verdicts) : page);
  if (options.write) writeFileSync(`${REPOSITORY}docs/benchmarks.md`, page);
  return reportOwnFailures(run);
}

function createRun({ quick }: Options): Run {
  const begin = performance.now();
  return {
    ledger: createLedger(),
    repeats: quick ? 2 : 5,
    seconds: quick ? 0.5 : 0.8,
    say: (text) => {
      const seconds = ((performance.now() - begin) / 1000).toFixed(0);
      console.error(`${seconds.padStart(4)} s  ${text}`);
    },
  };
}

function parts(run: Run, machine: Machine): Readonly<Record<Part, () => Promise<void>>> {
  return {
    relay: () => relay(run, machine),
    bridge: async () => {
      run.say('installing the peers where they are missing');
      installPeers();
      await startTimes(run);
      await echoThroughput(run, 'echo');
      await echoThroughput(run, 'everything');
      await listThroughput(run);
      await remoteThroughput(run);
      await openTimes(run);
      await payloads(run);
      await memoryBySessions({ ...run, repeats: Math.min(run.repeats, 2) });
      await churn(run);
    },
    start: () => firstTool(run),
  };
}

/** Measured is what images carry: each service as one file. */
function bundle(parts: readonly Part[]): void {
  const services = [
    ...(parts.includes('relay') ? ['gateway'] : []),
    ...(parts.includes('bridge') ? ['mcp-proxy'] : []),
  ];
  if (services.length === 0) return;
  const { status } = spawnSync(process.execPath, ['scripts/bundle.mjs', ...services], {
    cwd: REPOSITORY,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(1);
}

/** Peers may fail, and the page says so; when we do, the run has failed. */
function reportOwnFailures({ ledger }: Run): number {
  const own = ledger.failures().filter(({ subject }) => subject === OURS || subject === GATEWAY);
  for (const { scenario, subject, reason } of own) {
    console.error(`${subject} failed in "${scenario}": ${reason}`);
  }
  return own.length === 0 ? 0 : 1;
}
