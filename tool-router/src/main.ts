import { join } from 'node:path';
import { Adapter } from '@mcp-gateway/core/domain/adapter';
import {
  COSMOS_CONTAINERS,
  cosmosSettings,
} from '@mcp-gateway/core/domain/settings/cosmos-settings';
import type { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import { Tool } from '@mcp-gateway/core/domain/tool';
import type { Log } from '@mcp-gateway/core/ports/log';
import { explain } from '@mcp-gateway/platform/service/explain';
import { processLog, type ProcessLog } from '@mcp-gateway/platform/service/process-log';
import { stopOnSignals } from '@mcp-gateway/platform/service/stop-on-signals';
import { wordRanking } from '@mcp-gateway/platform/minisearch/ranking';
import { openDatabaseForReading } from '@mcp-gateway/platform/sqlite/database';
import { resourceStore } from '@mcp-gateway/platform/sqlite/resource-store';
import packageFile from '../package.json' with { type: 'json' };
import type { CatalogueStores } from './catalogue.ts';
import { helpText, loadSettings } from './config.ts';
import { startRouter } from './router.ts';

await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<void> {
  if (explain(words, 'The tool router', helpText)) return;
  let output: ProcessLog | undefined;
  try {
    const settings = loadSettings(process.env);
    cosmosSettings(settings); // names its mistakes now, not when the store is opened
    output = processLog(settings.LOG_LEVEL);
    const { log } = output;
    const stores = opened(() => openStores(settings, log));
    const router = await startRouter(
      { stores, ranking: wordRanking(), log, version: packageFile.version },
      settings,
    );
    log.info({ url: router.url, pid: process.pid }, 'listening');
    stopOnSignals(router, output);
  } catch (error) {
    await output?.flush();
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(error instanceof SettingsError ? 2 : 1);
  }
}

/** Opens once; what could not be opened is tried again at the next reading. */
function opened(open: () => Promise<CatalogueStores>): () => Promise<CatalogueStores> {
  let stores: Promise<CatalogueStores> | undefined;
  return () =>
    (stores ??= open().catch((error: unknown) => {
      stores = undefined;
      throw error;
    }));
}

/** Cosmos DB where one is named, else the gateway's file on this machine; read alone, either way. */
async function openStores(settings: RouterSettings, log: Log): Promise<CatalogueStores> {
  const cosmos = cosmosSettings(settings);
  const { adapters, tools } = COSMOS_CONTAINERS;
  if (cosmos === undefined) {
    const database = openDatabaseForReading(join(settings.DATA_DIR, 'resources.sqlite'));
    return {
      adapters: resourceStore(database, 'adapters', Adapter),
      tools: resourceStore(database, 'tools', Tool),
    };
  }
  const { openCosmos } = await import('@mcp-gateway/platform/cosmos/cosmos');
  const { store } = await openCosmos({ ...cosmos, containers: [adapters, tools], log });
  return { adapters: store(adapters, Adapter), tools: store(tools, Tool) };
}
