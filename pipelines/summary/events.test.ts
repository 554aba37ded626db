import { expect, test } from '@jest/globals';
import { readPlan } from './events.ts';
import { toMarkdown } from './markdown.ts';

const urn = (type: string, name: string): string => `urn:pulumi:dev::mcp-gateway::${type}::${name}`;
const step = (op: string, name: string, more = {}, type = 'azure-native:network:Subnet') => ({
  resourcePreEvent: { metadata: { op, urn: urn(type, name), type, ...more } },
});
const said = (...events: readonly object[]): string =>
  toMarkdown('preview of dev', readPlan(events.map((event) => JSON.stringify(event)).join('\n')));

test('what changes is counted, and providers are no resources', () => {
  const text = said(
    step('create', 'a'),
    step('update', 'b', { diffs: ['tags'] }),
    step('same', 'c'),
    step('same', 'p', {}, 'pulumi:providers:azure-native'),
  );
  expect(text).toContain('## Preview of dev');
  expect(text).toContain('**1** to create, **1** to update; 1 stay as they are.');
  expect(text).toContain('| ~ | `b` | Subnet, azure-native:network | `tags` |');
});

test('a replacement is one change, and what is lost comes before everything else', () => {
  const text = said(
    step('create', 'new'),
    step('create-replacement', 'a', { keys: ['resourceGroupName'] }),
    step('replace', 'a', { keys: ['resourceGroupName'] }),
    step('delete-replaced', 'a'),
    step('delete', 'gone'),
  );
  expect(text).toContain('**1** to create, **1** to replace, **1** to delete');
  expect(text.indexOf('- delete `gone`')).toBeGreaterThan(0);
  expect(text.indexOf('- delete `gone`')).toBeLessThan(text.indexOf('<details>'));
});

test('a refresh says afterwards what it has found', () => {
  const metadata = { op: 'update', urn: urn('x:y:Z', 'a'), type: 'x:y:Z', detailedDiff: { 'tags.a': {} } }; // prettier-ignore
  const text = said(step('refresh', 'a', {}, 'x:y:Z'), { resOutputsEvent: { metadata } });
  expect(text).toContain('**1** to update; 0 stay as they are.');
  expect(text).toContain('`tags.a`');
});

test('what a policy forbids and what went wrong is said, without the colours of terminals', () => {
  const text = said(
    {
      policyEvent: {
        resourceUrn: urn('x:y:Z', 'db'),
        message: '<{%fg 1%}>must be private<{%reset%}>',
        policyName: 'private-data',
        enforcementLevel: 'mandatory',
      },
    },
    {
      diagnosticEvent: { message: 'quota\nis used up', severity: 'error', urn: urn('x:y:Z', 'c') },
    },
    { diagnosticEvent: { message: 'old', severity: 'warning' } },
    { diagnosticEvent: { message: 'talk', severity: 'info' } },
  );
  expect(text).toContain('### Errors\n\n- `db`: private-data: must be private');
  expect(text).toContain('- `c`: quota is used up');
  expect(text).toContain('### Warnings\n\n- old');
  expect(text).not.toContain('talk');
});

test('values of properties never appear, and what looks like a secret in messages is taken out', () => {
  const token = `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`;
  const text = said(
    step('update', 'a', { diffs: ['password'], new: { inputs: { password: 'hunter2' } } }),
    { diagnosticEvent: { severity: 'error', message: `sent ${token} and AccountKey=abc123==; x` } },
    { diagnosticEvent: { severity: 'error', message: '-----BEGIN PRIVATE KEY-----\nMIIabc' } },
  );
  expect(text).not.toMatch(/hunter2|eyJ|abc123|MIIabc/);
  expect(text).toContain('[taken out]');
});

test('nothing to do is said so, and a long plan fits into a comment', () => {
  expect(said(step('same', 'a'))).toContain('No changes: 1 resources stay as they are.');
  const many = Array.from({ length: 5000 }, (_, index) => step('create', `resource-${index}`));
  const text = said(...many);
  expect(text.length).toBeLessThan(150_000);
  expect(text).toContain('The rest is in the log of the run.');
});

test('a log that is empty, as after a failure to start, is a plan without changes', () => {
  expect(readPlan('')).toEqual({ changes: [], unchanged: 0, remarks: [] });
});
