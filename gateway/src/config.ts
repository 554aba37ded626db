import { constants, existsSync } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import {
  describeSettings,
  parseSettings,
  SettingsError,
} from '@mcp-gateway/core/domain/settings/settings';
import { errorCode } from './error-code.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The gateway's settings from its environment, with absolute paths; throws `SettingsError` naming all mistakes. */
export function loadSettings(environment: Environment): GatewaySettings {
  const settings = parseSettings(GatewaySettings, environment);
  return {
    ...settings,
    DATA_DIR: resolve(settings.DATA_DIR),
    LOCAL_IMAGES: resolve(settings.LOCAL_IMAGES),
  };
}

/** Makes the folder of all state, for this user alone; throws `SettingsError` when that cannot be. */
export async function prepareDataDir(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = String(errorCode(cause));
    throw new SettingsError(`DATA_DIR: ${folder} cannot be made or written to (${why})`, { cause });
  }
}

/** Node's own recursion never ends where a parent exists and still nothing can be made in it, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent !== folder && !existsSync(parent)) await makeFolder(parent);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
  }
}

/** What `--help` prints. */
export function helpText(): string {
  return [
    'Usage: npm start',
    '',
    'An MCP gateway. Settings are environment variables:',
    '',
    describeSettings(GatewaySettings.shape),
    '',
  ].join('\n');
}
