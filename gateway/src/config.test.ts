import { expect, test } from '@jest/globals';
import { isAbsolute } from 'node:path';
import { readFile } from 'node:fs/promises';
import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import { helpText, loadSettings } from './config.ts';

test('without any setting everything has its default, and paths are absolute', () => {
  const settings = loadSettings({});
  expect(settings).toMatchObject({ HOST: 'localhost', PORT: 8000, MANAGEMENT_PORT: 8001 });
  expect(isAbsolute(settings.DATA_DIR)).toBe(true);
  expect(isAbsolute(settings.LOCAL_IMAGES)).toBe(true);
});

test('an empty setting is an absent one', () => {
  expect(loadSettings({ PORT: '', PUBLIC_ORIGIN: '' })).toMatchObject({ PORT: 8000 });
});

test('all mistakes are named at once, and no value is repeated', () => {
  const environment = {
    PORT: '99999',
    CACHE_SECONDS: 'soon',
    PUBLIC_ORIGIN: 'http://localhost:8000/',
    ALLOWED_ORIGINS: 'https://a.example/path',
    SESSION_KEYS: 'c2VjcmV0LWtleQ==',
    AUTHORITY: 'no url',
    LOG_LEVEL: 'loud',
  };
  const failure = caught(() => loadSettings(environment));
  expect(failure).toBeInstanceOf(SettingsError);
  for (const name of Object.keys(environment)) expect(String(failure)).toContain(name);
  expect(String(failure)).not.toContain('c2VjcmV0');
});

test('keys that seal sessions are 32 bytes each, in either alphabet of base64', () => {
  const key = Buffer.alloc(32, 0xfb);
  const settings = loadSettings({
    SESSION_KEYS: `${key.toString('base64')}, ${key.toString('base64url')}`,
  });
  expect(settings.SESSION_KEYS).toHaveLength(2);
});

test('roles of secrets are pairs of a name, or the beginning of names, and a role', () => {
  expect(loadSettings({ SECRET_ROLES: 'github=team-blue, blue.*=Team Blue' }).SECRET_ROLES).toEqual(
    [
      { secret: 'github', role: 'team-blue' },
      { secret: 'blue.*', role: 'Team Blue' },
    ],
  );
  for (const wrong of ['github', 'github=', 'a*b=x', 'A=x', 'a=b=c']) {
    expect(() => loadSettings({ SECRET_ROLES: wrong })).toThrow(/SECRET_ROLES/);
  }
});

test('help names every setting with its meaning', () => {
  for (const [name, schema] of Object.entries(GatewaySettings.shape)) {
    expect(helpText()).toContain(`${name} `);
    expect(helpText()).toContain(schema.description);
  }
});

test('the page on configuration says of every setting what the program says', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const documented = page.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1)
      .join(' | '),
  );
  for (const [name, schema] of Object.entries(GatewaySettings.shape)) {
    const standard: unknown = schema.safeParse(undefined).data ?? '';
    const shown = String(standard) === '' ? '–' : `\`${String(standard)}\``;
    expect(documented).toContain(`\`${name}\` | ${shown} | ${schema.description ?? ''}`);
  }
});

function caught(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
