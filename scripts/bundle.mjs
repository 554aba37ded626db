// Bundles each service into one file, dist/<service>.mjs: what its image carries. Names a missing entry.
import { existsSync } from 'node:fs';
import http from 'node:http';
import { build } from 'esbuild';

const ENTRIES = {
  gateway: 'gateway/src/main.ts',
  'mcp-proxy': 'mcp-proxy/src/main.ts',
  'tool-router': 'tool-router/src/main.ts',
  'mcp-example': 'sample-servers/mcp-example/src/main.ts',
  'tool-example': 'sample-servers/tool-example/src/main.ts',
};

/** zod exports its messages in fifty languages as one object; we speak one, and the rest is a third of the file. */
const oneLanguage = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/**
 * An ECMAScript import of node:http reads all that it exports, also the WebSocket client, which loads Node's whole fetch:
 * 13 MiB and a tenth of a second in each process. Asked for as an object it does not.
 */
const withoutFetch = {
  name: 'without-fetch',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'http', namespace: 'built-in' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'built-in' }, () => {
      const loadFetch = ['WebSocket', 'CloseEvent', 'MessageEvent'];
      const names = Object.keys(http).filter((name) => !loadFetch.includes(name));
      return {
        contents: `const http = process.getBuiltinModule('node:http');
          export default http;
          export const { ${names.join(', ')} } = http;`,
      };
    });
  },
};

/** The Docker client loads its way over SSH at once, with native parts; an engine here is on this machine. */
const withoutSsh = {
  name: 'without-ssh',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^ssh2$/ }, () => ({ path: 'ssh2', namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'export {};' }));
  },
};

/** The bridge needs one class of undici; with the rest (fetch, mocks, WebSocket) the file would be a third longer. */
const oneClient = {
  name: 'one-client',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'client-alone' }));
    onLoad({ filter: /.*/, namespace: 'client-alone' }, () => ({
      contents: "export { default as Client } from 'undici/lib/dispatcher/client.js';",
      resolveDir: process.cwd(),
    }));
  },
};

const services = process.argv.slice(2);
const chosen = services.length > 0 ? services : Object.keys(ENTRIES);

for (const service of chosen) {
  const entry = ENTRIES[service];
  if (entry === undefined) {
    fail(`There is no service "${service}"; there are ${Object.keys(ENTRIES).join(', ')}.`);
  }
  if (!existsSync(entry)) fail(`${service} cannot be bundled: ${entry} does not exist.`);
}
await Promise.all(chosen.map(bundle)).catch(() => process.exit(1)); // esbuild has said why

async function bundle(service) {
  await build({
    entryPoints: [ENTRIES[service]],
    outfile: `dist/${service}.mjs`,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true, // identifiers stay: a stack trace from a cluster can be read
    legalComments: 'eof',
    plugins: [
      oneLanguage,
      withoutFetch,
      withoutSsh,
      ...(service === 'mcp-proxy' ? [oneClient] : []),
    ],
    logLevel: 'warning',
    banner: {
      // CommonJS packages call require for Node's own modules.
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  console.error(`dist/${service}.mjs`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
