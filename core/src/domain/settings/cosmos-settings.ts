import { z } from 'zod';
import { SettingsError, wholeNumber } from './settings.ts';

/** Containers that must exist, with partition key `/id`; the Pulumi program makes them by these names. */
export const COSMOS_CONTAINERS = {
  adapters: 'AdapterContainer',
  tools: 'ToolContainer',
  agents: 'AgentContainer',
  sessions: 'SessionContainer',
} as const;

/** Settings of the gateway that say where resources are kept in the cloud. */
export const cosmosShape = {
  COSMOS_ENDPOINT: z
    .url({
      protocol: /^https?$/,
      error: 'must be a URL such as https://account.documents.azure.com',
    })
    .optional()
    .describe('Cosmos DB account that keeps the resources; a file in DATA_DIR does when absent'),
  COSMOS_DATABASE: z.string().default('McpGatewayDb').describe('Database in that account'),
  COSMOS_KEY: z
    .string()
    .optional()
    .describe('Key of a local Cosmos server; Azure is reached by identity, never by key')
    .meta({ secret: true }),
  COSMOS_TIMEOUT_SECONDS: wholeNumber(1, 300)
    .default(15)
    .describe('How long one operation on Cosmos DB may take, with all its retries'),
};

/** A Cosmos DB to open; without `key` it is reached by the identity of this process. */
export interface CosmosSettings {
  readonly endpoint: string;
  readonly database: string;
  readonly key?: string;
  readonly timeoutSeconds: number;
}

const AZURE_HOST = /\.documents\.azure\.[a-z]+$|\.documents\.microsoftazure\.[a-z]+$/;

/** The Cosmos DB that the settings name, if they name one; throws `SettingsError` for a key or plain HTTP towards Azure. */
export function cosmosSettings(
  settings: z.output<z.ZodObject<typeof cosmosShape>>,
): CosmosSettings | undefined {
  const { COSMOS_ENDPOINT: endpoint, COSMOS_KEY: key } = settings;
  if (endpoint === undefined) return undefined;
  const { hostname, protocol } = new URL(endpoint);
  if (key !== undefined && AZURE_HOST.test(hostname)) {
    throw new SettingsError(
      'COSMOS_KEY: is for a local server only; remove it and give the gateway a role on the account',
    );
  }
  if (key === undefined && protocol !== 'https:') {
    throw new SettingsError('COSMOS_ENDPOINT: must be an https URL');
  }
  return {
    endpoint,
    database: settings.COSMOS_DATABASE,
    timeoutSeconds: settings.COSMOS_TIMEOUT_SECONDS,
    ...(key !== undefined && { key }),
  };
}
