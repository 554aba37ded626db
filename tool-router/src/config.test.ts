import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { expect, test } from '@jest/globals';
import { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';
import { helpText, loadSettings } from './config.ts';

const needed = {
  GATEWAY_URL: 'http://localhost:8002',
  GATEWAY_SECRETS: 'one-secret-of-thirty-two-characters,another-of-thirty-two-characters',
};

test('two settings are enough, and paths become absolute', () => {
  const settings = loadSettings(needed);
  expect(settings.GATEWAY_SECRETS).toHaveLength(2);
  expect(isAbsolute(settings.DATA_DIR)).toBe(true);
  expect(settings).toMatchObject({ PORT: 8000, LIST_MODE: 'all', ADMIN_ROLE: 'mcp.admin' });
});

test('all mistakes are named at once, and never with a secret', () => {
  const load = () => loadSettings({ GATEWAY_SECRETS: 'short', LIST_MODE: 'some', PORT: '-1' });
  for (const name of ['GATEWAY_SECRETS', 'GATEWAY_URL', 'LIST_MODE', 'PORT']) {
    expect(load).toThrow(name);
  }
  expect(load).not.toThrow('short,');
});

test('the help names every setting', () => {
  for (const name of ['GATEWAY_URL', 'MAX_ADAPTER_SESSIONS', 'COSMOS_ENDPOINT']) {
    expect(helpText()).toContain(name);
  }
});

test('the page on configuration says of every setting what the program says', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const documented = page
    .slice(page.indexOf('## The tool router'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()).join(' | ')); // prettier-ignore
  const said = Object.entries(RouterSettings.shape).map(([name, schema]) => {
    const standard: unknown = schema.safeParse(undefined).data ?? '';
    const shown = String(standard) === '' ? '–' : `\`${String(standard)}\``;
    return `\`${name}\` | ${shown} | ${schema.description ?? ''}`;
  });
  expect(documented).toEqual(said);
});
