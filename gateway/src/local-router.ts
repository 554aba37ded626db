import { createHash } from 'node:crypto';
import { TOOL_ROUTER } from '@mcp-gateway/core/domain/naming';
import { cosmosShape } from '@mcp-gateway/core/domain/settings/cosmos-settings';
import { z } from 'zod';
import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';
import { parseSettings } from '@mcp-gateway/core/domain/settings/settings';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { writePrivately } from './private-file.ts';
import { sessionKeysFrom } from './session-keys.ts';

/** A name that no image registered by a caller can have, so that nobody has the router call somebody else. */
export const ROUTER_IMAGE = { name: '@tool-router', version: 'own' } as const;

/** The router reads the file: what is in a process's environment shows in the process table. */
export async function localSecrets(file: string, given: readonly string[] | undefined) {
  if (given === undefined) {
    return (await sessionKeysFrom(file)).map((key) => key.toString('base64'));
  }
  await writePrivately(file, `${given.join('\n')}\n`);
  return given;
}

const versionOf = (secrets: readonly string[]): string =>
  createHash('sha256')
    .update(`version ${secrets.join('\n')}`)
    .digest('hex')
    .slice(0, 16);

/** What the platform is asked to run; other secrets make another router of it, since it reads them when it starts. */
export function routerWorkload(gatewayUrl: string, secrets: readonly string[]): Workload {
  return {
    ...TOOL_ROUTER,
    uid: TOOL_ROUTER.name,
    image: ROUTER_IMAGE,
    replicas: 1,
    environment: { GATEWAY_URL: gatewayUrl, GATEWAY_SECRETS_VERSION: versionOf(secrets) },
    secretEnvironment: {},
    port: 8000,
    path: '/mcp',
    useWorkloadIdentity: false,
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is set of the router's settings that the gateway does not have itself; throws `SettingsError` for what the router refuses. */
export function routerEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const own = Object.entries(RouterSettings.shape).filter(([name]) => !(name in GatewaySettings.shape) && name !== 'GATEWAY_URL'); // prettier-ignore
  parseSettings(z.object(Object.fromEntries(own)), environment);
  return Object.fromEntries(
    own.flatMap(([name]) => (environment[name] ? [[name, environment[name]]] : [])),
  );
}

export interface RouterProgram {
  readonly command: readonly string[];
  readonly cwd: string;
  /** Settings that are the router's alone. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How the router is run beside this program, with those of its settings that the router shares. */
export function routerImage(program: RouterProgram, settings: GatewaySettings) {
  const names = ['ADMIN_ROLE', 'READER_ROLE', 'LOG_LEVEL', 'CACHE_SECONDS'] as const;
  const stores = Object.keys(cosmosShape) as (keyof typeof cosmosShape)[]; // a shape's keys are its own
  const told = [...names, ...stores].flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return {
    ...program,
    readiness: '/health/ready',
    environment: {
      ...program.environment,
      ...Object.fromEntries(told),
      DATA_DIR: settings.DATA_DIR,
    },
  };
}
