import { describe, expect, test } from '@jest/globals';
import { plain, runProgram } from './testing/program.ts';
import { DEV } from './testing/stacks.ts';

const run = await runProgram({ ...DEV, createGroups: 'true' });

describe('whoever deploys', () => {
  test.each(['Application', 'ServicePrincipal'])('owns the %s, and goes on owning it', (kind) => {
    const resource = run.one(kind);
    expect(resource.inputs.owners).toEqual(['o']);
    // Another deployer, or a preview by somebody who may only look, does not take it away.
    expect(run.optionsOf(resource).ignoreChanges).toContain('owners');
  });

  test.each(['Application', 'Group'])('needs no right in Graph to plan the %s', (kind) => {
    // With this set the provider looks for others of that name already in a preview.
    for (const { inputs } of run.of(kind)) expect(inputs).not.toHaveProperty('preventDuplicateNames'); // prettier-ignore
  });
});

describe('the URL that clients are told', () => {
  const uris = async (more: Readonly<Record<string, string>>) =>
    (await runProgram({ ...DEV, ...more }))
      .of('ApplicationIdentifierUri')
      .map(({ inputs }) => plain(inputs.identifierUri))
      .sort();
  const api = 'api://11111111-0000-4000-8000-000000000000';
  const own = 'https://mcp.fabrikam.com/mcp';
  const hostname = 'mcp.fabrikam.com';

  test('is known to Entra ID where it is of a domain of your own', async () => {
    const { outputs } = await runProgram({ ...DEV, hostname });
    expect(String(outputs.mcpJson)).toContain(`"${own}"`);
    expect(await uris({ hostname })).toEqual([api, own]);
  });

  test('is not said twice', async () => {
    const weather = 'https://mcp.fabrikam.com/adapters/weather/mcp';
    const identifierUris = JSON.stringify([weather, own, weather]);
    expect(await uris({ hostname, identifierUris })).toEqual([api, weather, own]);
  });

  test("is left to the tenant's administrator where the name is Azure's, or without TLS", async () => {
    expect(await uris({})).toEqual([api]);
    expect(await uris({ hostname, tls: 'none' })).toEqual([api]);
  });
});
