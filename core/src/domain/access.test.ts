import { expect, test } from '@jest/globals';
import {
  accessPolicy,
  grantsOf,
  OPERATIONS,
  type AccessSettings,
  type Operation,
} from './access.ts';
import type { Principal } from './principal.ts';

const RESOURCE = { createdBy: 'ann', requiredRoles: ['Team.Blue'] };

/** Callers by how they stand to `RESOURCE`. */
const CALLERS: Readonly<Record<string, Principal | undefined>> = {
  nobody: undefined,
  unnamed: principal('', ['mcp.admin', 'Team.Blue', 'maker', 'identity', 'mcp.reader']),
  stranger: principal('eve'),
  otherwiseRoled: principal('eve', ['Team.Red', 'admin', 'mcp.admins', '']),
  creator: principal('ann'),
  sharer: principal('bob', ['team.BLUE']),
  admin: principal('root', ['MCP.Admin']),
  maker: principal('mia', ['Maker']),
  identified: principal('ida', ['Identity']),
  reader: principal('rea', ['MCP.reader']),
  readingCreator: principal('ann', ['mcp.reader']),
  readingMaker: principal('rem', ['mcp.reader', 'maker']),
  appOfCreator: { id: 'ann', roles: [], kind: 'app' },
};

const SETTINGS: readonly AccessSettings[] = [
  { adminRole: 'mcp.admin' },
  { adminRole: 'mcp.admin', createRole: 'maker' },
  { adminRole: 'mcp.admin', workloadIdentityRole: 'identity' },
  { adminRole: 'mcp.admin', createRole: 'maker', workloadIdentityRole: 'identity' },
  { adminRole: 'mcp.admin', egressRole: 'identity' },
  { adminRole: 'mcp.admin', readerRole: 'mcp.reader' },
  { adminRole: 'mcp.admin', readerRole: 'mcp.reader', createRole: 'maker' },
];

const WRITERS = ['admin', 'appOfCreator', 'creator', 'readingCreator'];
const READERS = [...WRITERS, 'sharer'];
const WITH_READER_ROLE = ['reader', 'readingCreator', 'readingMaker'];
const KNOWN = Object.keys(CALLERS).filter((name) => name !== 'nobody' && name !== 'unnamed');

/** Written down a second time on purpose: who may, everybody else may not. */
function allowed(operation: Operation, settings: AccessSettings): readonly string[] {
  const readers = settings.readerRole ? WITH_READER_ROLE : [];
  if (operation === 'create') {
    return settings.createRole
      ? ['admin', 'maker', 'readingMaker']
      : KNOWN.filter((name) => !readers.includes(name));
  }
  if (operation === 'use_secret') return ['admin', 'sharer'];
  if (operation === 'use_workload_identity') {
    return settings.workloadIdentityRole ? ['admin', 'identified'] : ['admin'];
  }
  if (operation === 'open_egress') return settings.egressRole ? ['admin', 'identified'] : ['admin'];
  if (operation === 'transfer') return ['admin'];
  return operation === 'read' || operation === 'call' ? [...READERS, ...readers] : WRITERS;
}

const EVERY = SETTINGS.flatMap((settings) =>
  OPERATIONS.flatMap((operation) =>
    Object.keys(CALLERS).map((caller) => ({ settings, operation, caller })),
  ),
);

test.each(EVERY)('$operation by $caller under $settings is as written', (one) => {
  const { settings, operation, caller } = one;
  const decided = accessPolicy(settings)(operation, CALLERS[caller], RESOURCE);
  expect(decided).toBe(allowed(operation, settings).includes(caller));
});

test('where no roles are required, creator and admins alone have access', () => {
  const policy = accessPolicy({ adminRole: 'mcp.admin' });
  const own = { createdBy: 'ann', requiredRoles: [] };
  const readers = Object.keys(CALLERS).filter((name) => policy('read', CALLERS[name], own));
  expect(readers.sort()).toEqual(WRITERS);
});

test('without a resource only admins have the rights that a resource gives', () => {
  const policy = accessPolicy({ adminRole: 'mcp.admin' });
  for (const operation of ['read', 'call', 'write', 'read_values'] as const) {
    const able = Object.keys(CALLERS).filter((name) => policy(operation, CALLERS[name]));
    expect(able).toEqual(['admin']);
  }
});

test('a secret is for admins and the roles that are named for it, and for nobody by who they are', () => {
  const secretRoles = [
    { secret: 'github', role: 'Team.Blue' },
    { secret: 'blue.*', role: 'team.blue' },
    { secret: 'red.*', role: 'Team.Red' },
  ];
  const able = (secret: string, settings: Partial<AccessSettings> = { secretRoles }) =>
    Object.keys(CALLERS).filter((name) =>
      accessPolicy({ adminRole: 'mcp.admin', ...settings })('use_secret', CALLERS[name], {
        secret,
      }),
    );
  expect(able('github')).toEqual(['sharer', 'admin']);
  expect(able('blue.token')).toEqual(['sharer', 'admin']);
  expect(able('red.token')).toEqual(['otherwiseRoled', 'admin']);
  for (const other of ['github2', 'blue', 'GitHub', '']) expect(able(other)).toEqual(['admin']);
  expect(able('github', {})).toEqual(['admin']);
});

test('a resource without an owner belongs to nobody', () => {
  const orphan = { createdBy: '', requiredRoles: [''] };
  const policy = accessPolicy({ adminRole: 'mcp.admin' });
  expect(policy('write', principal(''), orphan)).toBe(false);
  expect(policy('write', undefined, orphan)).toBe(false);
});

function principal(id: string, roles: readonly string[] = []): Principal {
  return { id, roles, kind: 'user' };
}

test.each([
  ['call', 'sharer', { relations: ['shared'], roles: ['team.BLUE'] }],
  ['call', 'admin', { relations: ['admin'], roles: ['MCP.Admin'] }],
  ['call', 'reader', { relations: ['reader'], roles: ['MCP.reader'] }],
  ['write', 'creator', { relations: ['creator'], roles: [] }],
  ['write', 'sharer', { relations: [], roles: [] }],
  ['create', 'maker', { relations: ['member'], roles: ['Maker'] }],
  ['use_workload_identity', 'identified', { relations: [], roles: ['Identity'] }],
] as const)('the right to %s is given to the %s by %j', (operation, caller, grant) => {
  const settings = { adminRole: 'mcp.admin', readerRole: 'mcp.reader', createRole: 'maker', workloadIdentityRole: 'identity' }; // prettier-ignore
  const principal = CALLERS[caller];
  expect(principal && grantsOf(settings)(operation, principal, RESOURCE)).toEqual(grant);
});
