import { afterEach, expect, test } from '@jest/globals';
import { runningApi, type RunningApi } from '../testing/running-api.ts';
import { send } from '../testing/send.ts';

let api: RunningApi | undefined;
afterEach(async () => api?.stop());

const SPEC = { name: 'weather', imageName: 'mcp-example', imageVersion: '1', requiredRoles: ['shared'], environmentVariables: { KEY: 'hunter2' } }; // prettier-ignore
const as = (id: string, roles = '') => ({ headers: { 'x-dev-userid': id, 'x-dev-roles': roles, 'x-request-id': `by-${id}` } }); // prettier-ignore

test('the audit has who changed what by which right, and who was refused', async () => {
  api = await runningApi();
  const path = `${api.url}/adapters`;
  await send('POST', path, { body: SPEC, ...as('ann') });
  await send('POST', path, { body: SPEC, ...as('bob') });
  await send('POST', path, { body: { name: 'X' }, ...as('bob') });
  await send('GET', `${path}/weather`, as('ann'));
  await send('GET', `${path}/weather`, as('eve'));
  await send('POST', `${path}/weather/disable`, { body: { reason: 'why' }, ...as('bob', 'shared') });
  await send('POST', `${path}/weather/disable`, as('root', 'other,MCP.Admin'));
  await send('DELETE', `${path}/weather`, as('ann'));
  await send('DELETE', `${path}/weather`, { headers: { 'x-dev-userid': 'a,b' } });

  const weather = { kind: 'adapter', name: 'weather' };
  expect(api.events).toMatchObject([
    { action: 'createAdapter', requestId: 'by-ann', principal: { id: 'ann', kind: 'user' }, relations: ['member'], resource: weather, outcome: 'allowed', status: 201 },
    { action: 'createAdapter', principal: { id: 'bob' }, resource: weather, outcome: 'failed', status: 409, code: 'conflict' },
    { action: 'createAdapter', principal: { id: 'bob' }, resource: undefined, outcome: 'failed', status: 400 },
    { action: 'getAdapter', principal: { id: 'eve' }, relations: [], resource: weather, outcome: 'denied', status: 403 },
    { action: 'disableAdapter', principal: { id: 'bob' }, relations: [], roles: [], outcome: 'denied', status: 403 },
    { action: 'disableAdapter', relations: ['admin'], roles: ['MCP.Admin'], outcome: 'allowed', status: 200 },
    { action: 'deleteAdapter', relations: ['creator'], resource: weather, outcome: 'allowed', status: 204 },
    { action: 'deleteAdapter', outcome: 'denied', status: 401, code: 'unauthenticated' },
  ]);
  expect(api.events).toHaveLength(8);
  expect(api.events[7]?.principal).toBeUndefined();
  expect(JSON.stringify(api.events)).not.toContain('hunter2');
}); // prettier-ignore
