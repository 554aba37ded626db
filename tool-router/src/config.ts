import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';
import {
  describeSettings,
  parseSettings,
  SettingsError,
} from '@mcp-gateway/core/domain/settings/settings';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that say all that the router needs. */
export type CompleteSettings = RouterSettings & { readonly GATEWAY_SECRETS: readonly string[] };

/** The router's settings from its environment, with absolute paths; throws `SettingsError` naming all mistakes. */
export function loadSettings(environment: Environment): CompleteSettings {
  const settings = parseSettings(RouterSettings, environment);
  const folder = resolve(settings.DATA_DIR);
  const secrets = settings.GATEWAY_SECRETS ?? secretsIn(join(folder, 'gateway-secrets'));
  return { ...settings, DATA_DIR: folder, GATEWAY_SECRETS: secrets };
}

/** The file that the gateway of one machine keeps for the router: what is in an environment shows to every process. */
function secretsIn(file: string): readonly string[] {
  try {
    const secrets = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    if (secrets.length > 0 && secrets.every((secret) => secret.length >= 32)) return secrets;
  } catch (cause) {
    throw new SettingsError(`GATEWAY_SECRETS: is needed where there is no ${file}`, { cause });
  }
  throw new SettingsError(`GATEWAY_SECRETS: ${file} must hold secrets, one on each line`);
}

/** What `--help` prints. */
export function helpText(): string {
  return [
    'tool-router: registered tools, and what adapters offer, as one MCP server on /mcp',
    '',
    'The gateway starts it and alone may call it. Settings are environment variables:',
    '',
    describeSettings(RouterSettings.shape),
    '',
  ].join('\n');
}
