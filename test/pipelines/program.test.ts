import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monthlyCost } from '../../infra/cost.ts';
import { stackSettings } from '../../infra/stack-settings.ts';
import { root } from './support/scripts.ts';

const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
const rows = page
  .slice(page.indexOf('## What it costs'), page.indexOf('## When it does not work'))
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

test.each(['dev', 'prod'] as const)(
  'the costs of %s in the documentation are those that the program prints',
  (profile) => {
    const { lines, total } = monthlyCost(stackSettings({ values: stack(profile), encrypted: () => false })); // prettier-ignore
    const column = profile === 'dev' ? 2 : 3;
    const told = rows.flatMap((cells) =>
      cells[column] === '–' ? [] : [[cells[1], cells[column]]],
    );
    expect(told).toEqual([
      ...lines.map(({ what, dollars = 0, because }) => [
        what,
        `${Math.round(dollars)} (${because})`,
      ]),
      ['**Total**', `**${total}**`],
    ]);
  },
);

/** What the stack files of this repository say. */
function stack(profile: 'dev' | 'prod'): Readonly<Record<string, string>> {
  const text = readFileSync(join(root, `Pulumi.${profile}.yaml`), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^ {2}mcp-gateway:(\w+): (.+)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

test.each(['dev', 'prod'])('Pulumi.%s.yaml binds nobody to a key that is not theirs', (stack) => {
  const text = readFileSync(join(root, `Pulumi.${stack}.yaml`), 'utf8');
  expect(text).not.toMatch(/encryptionsalt|encryptedkey|secretsprovider/);
});

test('a pipeline may grant exactly the roles that the program grants', () => {
  const program = readFileSync(join(root, 'infra/roles.ts'), 'utf8');
  const roles = program.slice(program.indexOf('ROLES = {'), program.indexOf('} as const'));
  const bootstrap = readFileSync(join(root, 'pipelines/bootstrap/roles.sh'), 'utf8');
  const assignable = bootstrap.slice(bootstrap.indexOf('ASSIGNABLE=('), bootstrap.indexOf('\n)'));
  const guids = (text: string): string[] => (text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []).sort(); // prettier-ignore
  expect(guids(assignable)).toEqual(guids(roles));
  expect(guids(roles).length).toBeGreaterThan(0);
});

test('the policy pack is where the scripts look for it, and the outputs have the names that they ask for', () => {
  expect(existsSync(join(root, 'infra/policy/PulumiPolicy.yaml'))).toBe(true);
  const outputs = readFileSync(join(root, 'infra/index.ts'), 'utf8');
  const scripts = ['deploy.sh', 'destroy.sh'].map((name) => readFileSync(join(root, 'pipelines/scripts', name), 'utf8')).join(''); // prettier-ignore
  const asked = [...scripts.matchAll(/stack output --stack "\$STACK" (\w+)/g)].map(
    ([, name]) => name,
  );
  expect(asked.sort()).toEqual(['fqdn', 'mcpJson', 'publicAddress', 'url', 'vault']);
  for (const name of asked) expect(outputs).toMatch(new RegExp(`^ {2}${name},$`, 'm'));
});
