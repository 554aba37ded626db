import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Docker from 'dockerode';
import { dockerAnswers } from '@mcp-gateway/platform/docker/engine';

/** Stands in `node:24-bookworm-slim`'s place where that one is called otherwise. */
const BASE = 'node:24-bookworm-slim';

/** A client of this machine's engine; undefined, with the reason printed, where none answers. */
export async function dockerHere(): Promise<Docker | undefined> {
  if (!(await dockerAnswers(process.env.DOCKER_HOST))) {
    skipped('no Docker engine answers (DOCKER_HOST or the usual socket)');
    return undefined;
  }
  const docker = new Docker();
  const base = await docker.getImage(BASE).inspect().catch(() => undefined); // prettier-ignore
  if (base ?? (await pulled(docker))) return docker;
  skipped(`the image ${BASE} is not there and cannot be pulled`);
  return undefined;
}

/** Past the test runner, which shows nothing of a file whose tests are all skipped. */
function skipped(reason: string): void {
  process.stderr.write(`Docker tests are skipped: ${reason}\n`);
}

async function pulled(docker: Docker): Promise<boolean> {
  try {
    await finished(docker, await docker.pull(BASE));
    return true;
  } catch {
    return false;
  }
}

/** Builds an image that runs `command` on Node, with `files` in its folder. */
export async function buildImage(
  docker: Docker,
  tag: string,
  command: readonly string[],
  files: readonly string[] = [],
): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), 'mcp-gateway-image-'));
  try {
    for (const file of files) cpSync(file, join(context, basename(file)));
    const dockerfile = `FROM ${BASE}\nWORKDIR /app\nCOPY . .\nCMD ${JSON.stringify(command)}\n`;
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    const src = ['Dockerfile', ...files.map((file) => basename(file))];
    await finished(docker, await docker.buildImage({ context, src }, { t: tag, rm: true }));
  } finally {
    rmSync(context, { recursive: true });
  }
}

function finished(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  // The client's type for its own helper is `any`.
  const modem = docker.modem as {
    followProgress: (of: NodeJS.ReadableStream, done: (error: Error | null) => void) => void;
  };
  modem.followProgress(stream, (error) => (error ? reject(error) : resolve(undefined)));
  return promise;
}
