/** The inputs of each task that the pipelines use, as its reference documents them: those it must have, and those it may. */
const TASKS: Readonly<Record<string, { readonly must: string[]; readonly may?: string[] }>> = {
  'AzureCLI@2': {
    must: ['azureSubscription', 'scriptType', 'scriptLocation'],
    may: [
      ...['scriptPath', 'inlineScript', 'arguments', 'workingDirectory', 'failOnStandardError'],
      ...['addSpnToEnvironment', 'useGlobalConfig', 'visibleAzLogin', 'keepAzSessionActive'],
    ],
  },
  'Cache@2': { must: ['key', 'path'], may: ['cacheHitVar', 'restoreKeys'] },
  'KubeloginInstaller@0': { must: ['kubeloginVersion'], may: ['gitHubConnection'] },
  'ManualValidation@1': { must: ['notifyUsers'], may: ['approvers', 'instructions', 'onTimeout'] },
  'NodeTool@0': { must: ['versionSpec'], may: ['versionSource', 'versionFilePath', 'checkLatest'] },
  'PublishCodeCoverageResults@2': {
    must: ['summaryFileLocation'],
    may: ['pathToSources', 'failIfCoverageEmpty'],
  },
  'PublishPipelineArtifact@1': { must: ['targetPath'], may: ['artifact', 'publishLocation'] },
  'PublishTestResults@2': {
    must: ['testResultsFormat', 'testResultsFiles'],
    may: [
      ...['searchFolder', 'mergeTestResults', 'failTaskOnFailedTests', 'testRunTitle'],
      ...['failTaskOnMissingResultsFile', 'publishRunAttachments'],
    ],
  },
};

type Schema = Record<string, unknown>;

const any: Schema = {};
const texts = (names: readonly string[]): Schema => Object.fromEntries(names.map((name) => [name, any])); // prettier-ignore

function closed(properties: Schema, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** What any step may have besides what it does. */
const STEP = texts([
  ...['name', 'displayName', 'condition', 'continueOnError', 'enabled', 'env', 'timeoutInMinutes'],
  'retryCountOnTaskFailure',
]);

function step(first: string, schema: Schema, more: Schema = {}, required: string[] = []): Schema {
  const properties = { [first]: schema, ...more, ...STEP };
  return { ...closed(properties, [first, ...required]), firstProperty: [first] };
}

const task = ([name, { must, may = [] }]: [string, { must: string[]; may?: string[] }]): Schema =>
  step('task', { enum: [name] }, { inputs: closed(texts([...must, ...may]), must) }, ['inputs']);

const template: Schema = { ...closed(texts(['template', 'parameters']), ['template']), firstProperty: ['template'] }; // prettier-ignore

const steps: Schema = {
  type: 'array',
  items: {
    anyOf: [
      template,
      step('checkout', any, texts(['fetchDepth', 'persistCredentials', 'clean', 'submodules'])),
      step('script', { type: 'string' }, texts(['workingDirectory', 'failOnStderr'])),
      ...Object.entries(TASKS).map(task),
    ],
  },
};

const JOB = {
  ...texts(['displayName', 'dependsOn', 'condition', 'variables', 'timeoutInMinutes']),
  ...texts(['cancelTimeoutInMinutes', 'pool']),
};
const job: Schema = { ...closed({ job: any, strategy: closed(texts(['matrix', 'maxParallel'])), steps, ...JOB }, ['job', 'steps', 'pool']), firstProperty: ['job'] }; // prettier-ignore
const runOnce = closed({ runOnce: closed({ deploy: closed({ steps }, ['steps']) }, ['deploy']) });
const deployment: Schema = { ...closed({ deployment: any, environment: any, strategy: runOnce, ...JOB }, ['deployment', 'environment', 'strategy']), firstProperty: ['deployment'] }; // prettier-ignore

const stage: Schema = {
  ...closed(
    {
      ...texts(['stage', 'displayName', 'dependsOn', 'condition', 'variables', 'lockBehavior']),
      jobs: { type: 'array', items: { anyOf: [template, job, deployment] } },
    },
    ['stage', 'jobs'],
  ),
  firstProperty: ['stage'],
};

const parameter = closed(texts(['name', 'displayName', 'type', 'default', 'values']), ['name', 'type']); // prettier-ignore

/** Pipelines and templates, as far as this project uses what Azure DevOps has; everything else is refused. */
export const SCHEMA: Schema = closed({
  ...texts(['trigger', 'pr', 'variables', 'lockBehavior']),
  schedules: { type: 'array', items: closed(texts(['cron', 'displayName', 'branches', 'always'])) },
  parameters: { type: 'array', items: parameter },
  stages: { type: 'array', items: { anyOf: [template, stage] } },
  steps,
});
