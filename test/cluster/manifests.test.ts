import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { collectionPath, objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { plain, runProgram } from '../../infra/testing/program.ts';
import { DEV, PROD } from '../../infra/testing/stacks.ts';
import { clusterHere, dropNamespace, makeNamespace } from './support/cluster.ts';

const cluster = await clusterHere();
const DRY = { dryRun: 'All', fieldValidation: 'Strict', fieldManager: 'mcp-gateway-test' };
const WORKLOADS = ['Deployment', 'StatefulSet'];

/** What a workload of `object` makes. */
interface Template {
  readonly spec: { readonly template: { readonly spec: object; readonly metadata: object } };
}

describe('what the program deploys', () => {
  if (cluster === undefined) {
    test.skip('needs a cluster', () => undefined);
    return;
  }
  const { api } = cluster;
  let namespace = '';
  beforeAll(async () => {
    namespace = await makeNamespace(cluster, 'manifests');
  });
  afterAll(async () => {
    if (namespace !== '') await dropNamespace(cluster, namespace);
    await api.close();
  });

  const applied = (object: Manifest) =>
    api.json({
      method: 'PATCH',
      path:
        object.kind === 'Namespace'
          ? `/api/v1/namespaces/${object.metadata.name}`
          : objectPath({ ...object, namespace }, object.metadata.name),
      query: { ...DRY, force: true },
      contentType: 'application/apply-patch+yaml',
      body: inside(object),
    });
  const inside = (object: Manifest): Manifest =>
    object.kind === 'Namespace' ? object : { ...object, metadata: { ...object.metadata, namespace } }; // prettier-ignore

  test.each([DEV, PROD])(
    'in profile $profile is taken by an API server, to the last field',
    async (values) => {
      const objects = await objectsOf(values);
      expect(objects.length).toBeGreaterThan(25);
      for (const object of objects) {
        await applied(object).catch((cause: unknown) => {
          throw new Error(`${object.kind} ${object.metadata.name}`, { cause });
        });
      }
    },
  );

  test.each([DEV, PROD])(
    'in profile $profile makes pods that the restricted standard admits',
    async (values) => {
      const made = (await objectsOf(values)).filter(({ kind }) => WORKLOADS.includes(kind));
      expect(made.map(({ metadata }) => metadata.name).sort()).toEqual(['gateway', 'tool-router']);
      for (const object of made) {
        const { spec, metadata } = (object as unknown as Template).spec.template; // of the kinds that have one
        const kind = { apiVersion: 'v1', kind: 'Pod' };
        const body = { ...kind, spec: { ...spec, serviceAccountName: 'default' }, metadata: { ...metadata, name: object.metadata.name } }; // prettier-ignore
        await api.json({ method: 'POST', path: collectionPath({ ...kind, namespace }), query: DRY, body }); // prettier-ignore
      }
    },
  );

  test('is not taken with a field that nobody knows', async () => {
    const [service] = (await objectsOf(DEV)).filter(({ kind }) => kind === 'Service');
    const wrong = { ...service!, spec: { ...(service as { spec?: object }).spec, prots: [] } };
    await expect(applied(wrong)).rejects.toThrow('prots');
  });
});

/** The Kubernetes objects of a stack, complete, from a cloud that says yes to everything. */
async function objectsOf(values: Readonly<Record<string, string>>): Promise<readonly Manifest[]> {
  const { resources } = await runProgram(values);
  const asked = resources.filter(({ type, inputs }) => type.startsWith('kubernetes:') && 'kind' in inputs); // prettier-ignore
  return asked.map(({ inputs }) => plain(inputs) as Manifest); // as the provider would send them
}
