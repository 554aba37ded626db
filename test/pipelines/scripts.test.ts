import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { standInAz } from './stand-ins/az/stand-in.ts';
import { root, workplace, type Workplace } from './support/scripts.ts';

let place: Workplace;
const servers: Server[] = [];

beforeEach(() => {
  place = workplace();
});
afterEach(() => {
  place.drop();
  for (const server of servers.splice(0)) server.close();
});

const scripts = ['pipelines', 'pipelines/bootstrap', 'pipelines/scripts'].flatMap(
  (folder) =>
  readdirSync(join(root, folder)).flatMap((name) => (name.endsWith('.sh') ? [`${folder}/${name}`] : [])), // prettier-ignore
);
const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;

(shellcheck ? test : test.skip)('shellcheck has nothing against any script', () => {
  const { stdout, status } = spawnSync('shellcheck', scripts, { cwd: root, encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
if (!shellcheck) console.warn('skipped: the scripts are not checked, shellcheck is not installed');

test('every script that is started can be started, and stops at its first failure', () => {
  for (const script of scripts) {
    const text = readFileSync(join(root, script), 'utf8');
    if (text.startsWith('#!')) expect(text).toContain('set -euo pipefail');
    else expect(text).toMatch(/^# shellcheck shell=bash/);
  }
});

test('a tool is installed in its version, put on PATH, and not downloaded again', async () => {
  const origin = await serve({ '/tool': '#!/bin/sh\necho tool' });
  list(`tool 1.0 ${sha256('#!/bin/sh\necho tool')} ${origin}/tool`);
  const first = await install('tool');
  expect(first).toMatchObject({ status: 0 });
  expect(first.stdout).toContain(`##vso[task.prependpath]${place.folder}/tools/tool-1.0`);
  servers.splice(0).forEach((server) => server.close());
  expect(await install('tool')).toMatchObject({ status: 0, stdout: first.stdout });
});

test('a tool in an archive, checked by the list of its release, is unpacked', async () => {
  mkdirSync(join(place.folder, 'pulumi'));
  writeFileSync(join(place.folder, 'pulumi/pulumi'), '');
  spawnSync('tar', ['-czf', 'p.tar.gz', 'pulumi'], { cwd: place.folder });
  const archive = readFileSync(join(place.folder, 'p.tar.gz'));
  const sums = `${sha256('x')}  other.tar.gz\n${sha256(archive)}  p.tar.gz\n`;
  const origin = await serve({ '/p.tar.gz': archive, '/sums.txt': sums });
  list(`pulumi 3.0 ${origin}/sums.txt ${origin}/p.tar.gz`);
  const { status, stdout } = await install('pulumi');
  expect(status).toBe(0);
  expect(stdout).toContain('tools/pulumi-3.0/pulumi');
  expect(existsSync(join(place.folder, 'tools/pulumi-3.0/pulumi/pulumi'))).toBe(true);
});

test('a download that is not what it was is not installed', async () => {
  const origin = await serve({ '/tool': 'something else', '/sums.txt': 'nothing\n' });
  list(`tool 1.0 ${sha256('tool')} ${origin}/tool\nother 1.0 ${origin}/sums.txt ${origin}/tool`);
  const { status, stderr } = await install('tool');
  expect(status).toBe(1);
  expect(stderr).toContain('is not what it was');
  expect((await install('other')).status).not.toBe(0);
  expect((await install('unknown')).stderr).toContain('does not list "unknown"');
  expect(existsSync(join(place.folder, 'tools'))).toBe(false);
});

test('every tool that a pipeline asks for is listed, with a checksum or a list on another host', () => {
  const lines = readFileSync(join(root, 'pipelines/tools.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/));
  expect(lines.map(([name]) => name)).toEqual(['kind', 'syft', 'grype', 'pulumi']);
  for (const [, version = '', checksum = '', address = ''] of lines) {
    expect(address).toContain(version);
    if (!checksum.startsWith('https:')) expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    else expect(new URL(checksum).host).not.toBe(new URL(address).host);
  }
});

test('an image is built from its own Dockerfile, listed in two forms, and held to what the scan says', async () => {
  for (const tool of ['docker', 'syft', 'grype']) {
    place.standIn(tool, `echo ${tool} "$@" >>'${place.folder}/calls'; [[ ${tool} != "$FAILS" ]]`);
  }
  const env = { RESULTS_DIR: join(place.folder, 'results'), BUILD_BUILDID: '7', FAILS: '' };
  expect(await place.run('pipelines/scripts/image.sh', ['mcp-proxy'], env)).toMatchObject({ status: 0 }); // prettier-ignore
  const [docker, syft, grype] = place.read('calls').split('\n');
  expect(docker).toBe('docker build --file ./mcp-proxy/Dockerfile --tag mcp-gateway-check/mcp-proxy:7 .'); // prettier-ignore
  expect(syft).toMatch(/cyclonedx-json=.*mcp-proxy\.cdx\.json.*spdx-json=.*mcp-proxy\.spdx\.json/);
  expect(grype).toContain('--fail-on high');
  const faulty = await place.run('pipelines/scripts/image.sh', ['mcp-proxy'], { ...env, FAILS: 'grype' }); // prettier-ignore
  expect(faulty.status).not.toBe(0);
  expect((await place.run('pipelines/scripts/image.sh', ['what'], env)).stderr).toContain('no Dockerfile of "what"'); // prettier-ignore
});

test('the cluster suite has a cluster of its own, which goes also when tests fail', async () => {
  place.standIn('kind', `echo kind "$@" >>'${place.folder}/calls'`);
  place.standIn('npm', `echo npm "$@" "$CLUSTER_LOAD_IMAGE" "$JEST_JUNIT_OUTPUT_FILE" >>'${place.folder}/calls'; exit 1`); // prettier-ignore
  const results = join(place.folder, 'results');
  const { status } = await place.run('pipelines/scripts/cluster.sh', [], { RESULTS_DIR: results });
  expect(status).toBe(1);
  const calls = place.read('calls').trim().split('\n');
  expect(calls[0]).toMatch(
    /^kind create cluster .*--image kindest\/node:v[\d.]+@sha256:[0-9a-f]{64}/,
  );
  expect(calls[1]).toContain('npm run test:cluster');
  expect(calls[1]).toContain(`kind load docker-image --name mcp-gateway-check ${results}/test-cluster.junit.xml`); // prettier-ignore
  expect(calls[2]).toContain('kind export logs');
  expect(calls[3]).toContain('kind delete cluster');
});

test('a gateway counts as deployed when it answers and refuses callers without a token', async () => {
  let pings = 0;
  const answers = { '/ping': () => (++pings > 2 ? 200 : 502), '/adapters': () => 401 };
  expect(await smoke(await serveStatus(answers))).toMatchObject({ status: 0 });
  expect(pings).toBe(3);
});

test('a gateway that anybody could use does not pass, nor does one that never answers', async () => {
  const open = await smoke(await serveStatus({ '/ping': () => 200, '/adapters': () => 200 }));
  expect(open.status).toBe(1);
  expect(open.stderr).toContain('anybody could use this gateway');
  const silent = await smoke(await serveStatus({ '/ping': () => 502 }));
  expect(silent.status).toBe(1);
  expect(silent.stderr).toContain('does not answer with 200');
});

test('a preview does not open a state that nothing is in yet, for that would write into it', async () => {
  const az = await standInAz();
  place.standIn('az', az.script);
  // As the real one does: a listing opens the backend.
  place.standIn('pulumi', `echo "$PULUMI_BACKEND_URL $*" >>'${place.folder}/calls'; [[ $2 != ls ]] || echo '[{"name": "dev"}]'`); // prettier-ignore
  const state = 'azblob://pulumi-dev?storage_account=mgstatecontoso';
  const env = {
    STACK: 'dev',
    PULUMI_BACKEND_URL: state,
    RESULTS_DIR: join(place.folder, 'results'),
  };
  const preview = () => place.run('pipelines/scripts/preview.sh', [], env);
  const first = await preview();
  expect(first).toMatchObject({ status: 0 });
  expect(first.stdout).toContain('dev is not deployed yet: this previews its first deployment');
  expect(place.read('calls')).toMatch(/^file:.* stack init dev\nfile:.* preview /);
  expect(place.read('calls')).not.toContain(state);
  az.cloud.things['blob/mgstatecontoso/pulumi-dev/.pulumi/meta.yaml'] = {};
  expect(await preview()).toMatchObject({ status: 0 });
  expect(place.read('calls')).toContain(`${state} stack ls --json\n${state} preview --stack dev`);
  az.cloud.faults.push({ command: 'storage blob exists', times: 1, message: '(403) no' });
  expect((await preview()).status).not.toBe(0);
  await az.close();
});

test('destroy that shall purge, and may not, says so before anything is deleted', async () => {
  const az = await standInAz();
  place.standIn('az', az.script);
  place.standIn('pulumi', `echo "$*" >>'${place.folder}/calls'; case "$*" in *' ls '*) echo '[{"name": "dev"}]' ;; *output*) echo mg-kv-dev ;; esac`); // prettier-ignore
  const env = { STACK: 'dev', CONFIRM: 'dev', PULUMI_BACKEND_URL: 'file:///state' };
  const destroy = (more = {}) => place.run('pipelines/scripts/destroy.sh', [], { ...env, ...more });
  az.cloud.faults.push({ command: 'keyvault list-deleted', times: 1, message: '(AuthorizationFailed) no' }); // prettier-ignore
  const { status, stderr } = await destroy({ PURGE: 'true' });
  expect(status).toBe(1);
  expect(stderr).toContain('bootstrap.sh --allow-purge grants: nothing was deleted');
  expect(place.read('calls')).not.toContain('destroy');
  expect(await destroy({ PURGE: 'true' })).toMatchObject({ status: 0 });
  expect(place.read('calls')).toContain('destroy --stack dev');
  const asked = az.calls.map(({ command }) => command);
  expect(asked).toContain('keyvault purge');
  const before = asked.filter((command) => command === 'keyvault list-deleted').length;
  expect(await destroy()).toMatchObject({ status: 0 });
  const after = az.calls.filter(({ command }) => command === 'keyvault list-deleted').length;
  expect(after).toBe(before);
  await az.close();
});

test('a commit that main has left behind is not deployed, unless only documentation came after it', async () => {
  const git = (folder: string, ...args: string[]): void => {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main'];
    const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: join(place.folder, folder), encoding: 'utf8' }); // prettier-ignore
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  };
  const merge = (file: string): void => {
    mkdirSync(join(place.folder, 'origin/docs'), { recursive: true });
    writeFileSync(join(place.folder, 'origin', file), `${Math.random()}`);
    git('origin', 'add', '.');
    git('origin', 'commit', '--quiet', '--message', 'merge');
  };
  const newest = () =>
    place.run('pipelines/scripts/newest.sh', [], {
      GIT_DIR: join(place.folder, 'agent/.git'),
      GIT_WORK_TREE: join(place.folder, 'agent'),
    });
  mkdirSync(join(place.folder, 'origin'));
  git('origin', 'init', '--quiet');
  merge('code.ts');
  git('.', 'clone', '--quiet', '--depth', '1', `file://${place.folder}/origin`, 'agent');
  expect(await newest()).toMatchObject({ status: 0, stderr: '' });
  merge('docs/page.md');
  expect(await newest()).toMatchObject({ status: 0, stderr: '' });
  merge('code.ts');
  const late = await newest();
  expect(late.status).toBe(1);
  expect(late.stderr).toMatch(
    /This run is of \w+, and main is at \w+ by now: nothing was deployed/,
  );
});

test('a gateway whose name leads nowhere yet is asked at its address, and the missing record is named', async () => {
  const { port } = new URL(await serveStatus({ '/ping': () => 200, '/adapters': () => 401 }));
  const at = { PUBLIC_ADDRESS: '127.0.0.1', FQDN: 'mg.westeurope.cloudapp.azure.com' };
  const { status, stdout } = await smoke(`http://mcp.contoso.invalid:${port}`, at);
  expect(status).toBe(0);
  expect(stdout).toContain('type=warning]mcp.contoso.invalid does not lead to the gateway');
  expect(stdout).toContain('mcp.contoso.invalid CNAME mg.westeurope.cloudapp.azure.com, or mcp.contoso.invalid A 127.0.0.1'); // prettier-ignore
  const known = await smoke(`http://127.0.0.1:${port}`, at);
  expect(known).toMatchObject({ status: 0 });
  expect(known.stdout).not.toContain('warning');
  const own = await smoke('http://mg.invalid', { ...at, FQDN: 'mg.invalid' });
  expect(own.status).toBe(1); // nothing to do but to wait for it
  expect(own.stdout).not.toContain('warning');
});

const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');
const list = (text: string): void => writeFileSync(join(place.folder, 'tools.txt'), `${text}\n`);
const install = (tool: string) =>
  place.run('pipelines/scripts/install-tools.sh', [tool], {
    TOOLS_DIR: join(place.folder, 'tools'),
    TOOLS_LIST: join(place.folder, 'tools.txt'),
  });
const smoke = (url: string, at = {}) =>
  place.run('pipelines/scripts/smoke.sh', [url], { SMOKE_SECONDS: '3', SMOKE_PAUSE: '0.1', ...at });

function serve(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  return listen((url) => [files[url] === undefined ? 404 : 200, files[url] ?? '']);
}

function serveStatus(answers: Readonly<Record<string, () => number>>): Promise<string> {
  return listen((url) => [answers[url]?.() ?? 404, '']);
}

async function listen(
  answer: (url: string) => readonly [number, string | Buffer],
): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = answer(request.url ?? '');
    response.writeHead(status, { connection: 'close' }).end(body);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
