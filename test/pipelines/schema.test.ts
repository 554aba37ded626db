import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { complaintsAbout } from './support/language-service.ts';
import { root, yamlFiles } from './support/scripts.ts';

const files = yamlFiles().map((file) => relative(root, file));

test.each(files)('%s has what Azure Pipelines knows, and nothing else', async (file) => {
  expect(await complaintsAbout(file, readFileSync(`${root}/${file}`, 'utf8'))).toEqual([]);
});

test.each([
  [
    'pipelines/templates/pulumi.yml',
    'keepAzSessionActive',
    'keepAzSessionActiv',
    'keepAzSessionActiv',
  ],
  ['pipelines/templates/pulumi.yml', 'scriptType: bash', '', 'scriptType'],
  ['pipelines/templates/pulumi.yml', 'AzureCLI@2', 'AzureCLI@9', 'AzureCLI@2'],
  ['pipelines/templates/deploy.yml', 'runOnce', 'runTwice', 'runTwice'],
  ['pipelines/templates/check.yml', 'dependsOn', 'dependOn', 'dependOn'],
  ['pipelines/deploy.yml', 'trigger:', 'triger:', 'triger'],
  ['pipelines/templates/set-up.yml', 'versionSpec', 'versonSpec', 'versonSpec'],
])('in %s, %s written as %j is found', async (file, right, wrong, complaint) => {
  const text = readFileSync(`${root}/${file}`, 'utf8');
  expect(text).toContain(right);
  const complaints = await complaintsAbout(file, text.replace(right, wrong));
  expect(complaints.join('\n')).toContain(complaint);
});
