const services = '^(gateway|tool-router|mcp-proxy|sample-servers)/';
/** Test files, and what only they may use. */
const tests = '(\\.test|/testing/[^/]+)\\.ts$';

/** The rooms and their arrows: domain ← ports ← { platform/* | actions ← routes, proxy }; only main.ts knows both sides. */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-imports-zod-and-nothing-else',
      severity: 'error',
      from: { path: '^core/src/', pathNot: `^core/src/testing/|${tests}` },
      to: { pathNot: '^core/src/|node_modules/zod/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domain-knows-no-ports',
      severity: 'error',
      from: { path: '^core/src/domain/' },
      to: { path: '^core/src/(ports|testing)/' },
    },
    {
      name: 'ports-know-no-suites',
      severity: 'error',
      from: { path: '^core/src/ports/', pathNot: tests },
      to: { path: '^core/src/testing/' },
    },
    {
      name: 'contract-suites-are-for-tests',
      severity: 'error',
      from: { pathNot: `^core/src/testing/|^test/|${tests}` },
      to: { path: '^core/src/testing/' },
    },
    {
      name: 'platform-knows-core-alone',
      severity: 'error',
      from: { path: '^platform/' },
      to: { path: '^(gateway|tool-router|mcp-proxy|sample-servers|infra|test)/' },
    },
    {
      name: 'platform-folders-never-meet',
      severity: 'error',
      from: { path: '^platform/src/([^/]+)/', pathNot: tests },
      to: { path: '^platform/src/', pathNot: '^platform/src/$1/' },
    },
    {
      name: 'services-never-import-services',
      severity: 'error',
      from: { path: '^(gateway|tool-router|mcp-proxy|sample-servers/[^/]+)/' },
      to: { path: services, pathNot: '^$1/' },
    },
    {
      name: 'only-main-knows-platform',
      severity: 'error',
      from: { path: services, pathNot: `/main\\.ts$|${tests}` },
      to: { path: '^platform/' },
    },
    {
      name: 'actions-know-no-http',
      severity: 'error',
      from: { path: '^gateway/src/actions/' },
      to: { path: '^gateway/src/(routes|proxy)/|node_modules/(koa|@koa/router)/' },
    },
    {
      name: 'routes-and-proxy-are-neighbours',
      severity: 'error',
      from: { path: '^gateway/src/(routes|proxy)/' },
      to: { path: '^gateway/src/(routes|proxy)/', pathNot: '^gateway/src/$1/' },
    },
    {
      name: 'pipelines-stand-alone',
      severity: 'error',
      from: { path: '^pipelines/' },
      to: {
        path: '^(core|platform|gateway|tool-router|mcp-proxy|sample-servers|infra|test)/',
      },
    },
    {
      name: 'nobody-imports-pipelines',
      severity: 'error',
      from: { pathNot: '^pipelines/' },
      to: { path: '^pipelines/' },
    },
    {
      name: 'infra-knows-core-and-the-deployment',
      comment: 'docs/adr/0005-infra-knows-the-deployment.md',
      severity: 'error',
      from: { path: '^infra/' },
      to: {
        path: '^(platform|gateway|tool-router|mcp-proxy|sample-servers|test|pipelines)/',
        pathNot: '^platform/src/kubernetes/(deployment/|objects\\.ts$)',
      },
    },
    {
      name: 'only-config-reads-the-stack',
      severity: 'error',
      from: { path: '^infra/', pathNot: '^infra/(config|index)\\.ts$' },
      to: { path: '^infra/config\\.ts$' },
    },
    {
      name: 'nobody-imports-the-program',
      severity: 'error',
      from: {},
      to: { path: '^infra/index\\.ts$' },
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: {},
      to: { path: '/main\\.ts$' },
    },
    {
      name: 'code-never-imports-tests',
      severity: 'error',
      from: {
        path: '^(core|platform|gateway|tool-router|mcp-proxy|sample-servers|infra)/',
        pathNot: tests,
      },
      to: { path: `^test/|${tests}` },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
