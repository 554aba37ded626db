import { BridgeSettings } from '@mcp-gateway/core/domain/settings/bridge-settings';
import { parseSettings, SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import { ArgumentsError, checkWord, splitArguments } from './args.ts';

/** What stands behind the bridge: a child on stdio, or a server elsewhere. */
type Backend =
  | { readonly kind: 'command'; readonly command: string; readonly args: readonly string[] }
  | {
      readonly kind: 'remote';
      readonly url: URL;
      readonly headers: Readonly<Record<string, string>>;
    };

/** All that the bridge was told, checked. */
export interface BridgeConfig {
  readonly settings: BridgeSettings;
  readonly backend: Backend;
  /** For the children: everything but what is meant for the bridge alone. */
  readonly environment: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the bridge's configuration. Throws `SettingsError` with a line for each mistake, never with a value. */
export function loadConfig(environment: Environment): BridgeConfig {
  const settings = parseSettings(BridgeSettings, environment);
  return { settings, backend: backendOf(settings), environment: childEnvironment(environment) };
}

function backendOf(settings: BridgeSettings): Backend {
  const { MCP_COMMAND: command, MCP_PROXY_URL: url } = settings;
  if (command !== undefined && url !== undefined) {
    throw new SettingsError('MCP_PROXY_URL: give either MCP_COMMAND or MCP_PROXY_URL, not both');
  }
  if (url !== undefined) return remote(url, settings.MCP_PROXY_HEADERS);
  if (command === undefined || command.trim() === '') {
    throw new SettingsError('MCP_COMMAND: give the command of a stdio server, or MCP_PROXY_URL');
  }
  return {
    kind: 'command',
    command: named('MCP_COMMAND', () => {
      checkWord(command);
      return command;
    }),
    args: named('MCP_ARGS', () => splitArguments(settings.MCP_ARGS ?? '')),
  };
}

function named<T>(setting: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ArgumentsError) throw new SettingsError(`${setting}: ${error.message}`);
    throw error;
  }
}

function remote(text: string, headers: string | undefined): Backend {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new SettingsError('MCP_PROXY_URL: must be an http or https URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new SettingsError('MCP_PROXY_URL: must hold no credentials; use MCP_PROXY_HEADERS');
  }
  return { kind: 'remote', url, headers: headersOf(headers) };
}

function headersOf(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const value = jsonOf(text);
  if (!isRecordOfStrings(value)) {
    throw new SettingsError('MCP_PROXY_HEADERS: must be a JSON object of strings');
  }
  for (const [name, content] of Object.entries(value)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      throw new SettingsError('MCP_PROXY_HEADERS: has a name that no header may have');
    }
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(content)) {
      throw new SettingsError(`MCP_PROXY_HEADERS: ${name} has a character that no header may have`);
    }
  }
  return value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecordOfStrings(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}

function childEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const ours = new Set(Object.keys(BridgeSettings.shape).filter((name) => name.startsWith('MCP_')));
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || ours.has(name) ? [] : [[name, value] as const],
    ),
  );
}
