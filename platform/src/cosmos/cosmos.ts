import type { Agent } from 'node:https';
import { CosmosClient } from '@azure/cosmos';
import type { Database } from '@azure/cosmos';
import { DefaultAzureCredential } from '@azure/identity';
import type { TokenCredential } from '@azure/identity';
import type { z } from 'zod';
import type { CosmosSettings } from '@mcp-gateway/core/domain/settings/cosmos-settings';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import { attempts } from './attempts.ts';
import type { AttemptOptions } from './attempts.ts';
import { cosmosResourceStore } from './resource-store.ts';
import { troubleOf } from './trouble.ts';

const LONGEST_REQUEST_MS = 5000;
const PARTITION_KEY = '/id';

export interface CosmosOptions extends CosmosSettings {
  /** All that the program will use; each must exist. */
  readonly containers: readonly string[];
  readonly log: Log;
  /** The identity of this process when absent. */
  readonly credential?: TokenCredential;
  /** Connections of one's own, such as ones that trust another certificate. */
  readonly agent?: Agent;
}

export interface Cosmos {
  /** The resources kept in `container`. */
  store: <T extends { readonly name: string }>(
    container: string,
    schema: z.ZodType<T>,
  ) => ResourceStore<T>;
  close: () => void;
}

/** Opens a Cosmos DB; throws `SettingsError` naming the database or container that is missing. */
export async function openCosmos(options: CosmosOptions): Promise<Cosmos> {
  const client = cosmosClient(options);
  const database = client.database(options.database);
  const trying = { log: options.log, timeoutMs: options.timeoutSeconds * 1000 };
  await checkAll(database, options.containers, trying).catch((error: unknown) => {
    client.dispose();
    throw error;
  });
  return {
    store: (container, schema) =>
      cosmosResourceStore(database.container(container), schema, trying),
    close: () => client.dispose(),
  };
}

/**
 * The account's own address always leads to the region that takes writes, so every gateway reads what the others
 * wrote. The library neither looks for other regions nor repeats anything: it would repeat writes that were applied.
 */
function cosmosClient({ endpoint, key, credential, agent, timeoutSeconds }: CosmosOptions) {
  return new CosmosClient({
    endpoint,
    ...(key === undefined
      ? { aadCredentials: credential ?? new DefaultAzureCredential() }
      : { key }),
    ...(agent && { agent }),
    connectionPolicy: {
      enableEndpointDiscovery: false,
      requestTimeout: Math.min(LONGEST_REQUEST_MS, timeoutSeconds * 1000),
      retryOptions: { maxRetryAttemptCount: 0 },
    },
  });
}

async function checkAll(
  database: Database,
  containers: readonly string[],
  options: AttemptOptions,
): Promise<void> {
  const attempt = attempts(options);
  const existing = <R>(what: string, read: (signal: AbortSignal) => Promise<R>) =>
    attempt(`read ${what}`, ({ signal }) => read(signal).catch(nothingWhenMissing));

  const found = await existing('database', (abortSignal) => database.read({ abortSignal }));
  if (!found) throw new SettingsError(`COSMOS_DATABASE: there is no database '${database.id}'`);
  for (const name of containers) {
    const container = await existing('container', (abortSignal) =>
      database.container(name).read({ abortSignal }),
    );
    const paths = container?.resource?.partitionKey?.paths;
    if (!container) {
      throw new SettingsError(`COSMOS_DATABASE: '${database.id}' has no container '${name}'`);
    }
    if (paths?.length !== 1 || paths[0] !== PARTITION_KEY) {
      throw new SettingsError(`Container '${name}' must have the partition key ${PARTITION_KEY}`);
    }
  }
}

function nothingWhenMissing(error: unknown): undefined {
  if (troubleOf(error).status !== 404) throw error;
}
