import { resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { platform } from '../platform.ts';
import type { Settings } from '../profiles.ts';
import { stackSettings } from '../stack-settings.ts';
import { keyOf, listenForOptions, type AskedOptions } from './asked-options.ts';

/** What stands in a resource's inputs or outputs where only Azure can tell the value (of Pulumi's wire format). */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** Marks secrets in the same format. */
const SIGNATURE = '4dabf18193072939515e22adb298388d';

/** A resource as the program asked for it. */
export interface AskedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Urn and id of an explicit provider. */
  readonly provider: string;
}

/** One run of the program. */
export interface ProgramRun {
  readonly settings: Settings;
  readonly resources: readonly AskedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The resources of a type, such as `network:Subnet`. */
  readonly of: (type: string) => readonly AskedResource[];
  /** The only one of a type, or the one with that name. */
  readonly one: (type: string, name?: string) => AskedResource;
  readonly optionsOf: (resource: AskedResource) => AskedOptions;
  /** All that is there before it, each as its type and name. */
  readonly before: (resource: AskedResource) => ReadonlySet<string>;
}

const ROOT = resolve(import.meta.dirname, '../..');
const TENANT = '5c1a9a4e-0000-4000-8000-000000000002';
const SUBSCRIPTION = '5c1a9a4e-0000-4000-8000-000000000001';

/** Runs the program against a cloud that says yes to everything; as a preview nothing that Azure decides is known. */
export async function runProgram(
  values: Readonly<Record<string, string>>,
  { preview = false } = {},
): Promise<ProgramRun> {
  const settings = stackSettings({ values, encrypted: () => true });
  const resources: AskedResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, provider }) => {
        const asked = inputs as Readonly<Record<string, unknown>>; // an object in this version's wire format
        resources.push({ type, name, inputs: asked, provider: provider ?? '' });
        const id = preview ? '' : idOf(type, name, asked);
        return { id, state: { ...asked, ...told(type, name, asked, preview) } };
      },
      call: ({ token }) => {
        if (token.endsWith(':getClientConfig')) {
          return { tenantId: TENANT, subscriptionId: SUBSCRIPTION, clientId: 'c', objectId: 'o' };
        }
        const value = Buffer.from('apiVersion: v1').toString('base64');
        return { kubeconfigs: [{ name: 'clusterUser', value }] };
      },
    },
    'mcp-gateway',
    'test',
    preview,
  );
  const options = listenForOptions();
  const later = pulumi.output(platform(settings, ROOT));
  // In a preview they are not all known, and so never come.
  const outputs = preview ? {} : await valueOf(later);
  await pulumi.runtime.disconnect();
  const of = (type: string) => resources.filter((each) => each.type.endsWith(`:${type}`));
  const optionsOf = ({ type, name }: AskedResource): AskedOptions => {
    const found = options.get(keyOf(type, name));
    if (found === undefined) throw new Error(`nobody has asked for ${type} ${name}`);
    return found;
  };
  const before = (key: string, seen: Set<string>): Set<string> => {
    for (const next of options.get(key)?.after ?? []) {
      if (!seen.has(next)) before(next, seen.add(next));
    }
    return seen;
  };
  return {
    settings,
    resources,
    outputs,
    of,
    optionsOf,
    before: ({ type, name }) => before(keyOf(type, name), new Set()),
    one: (type, name) => {
      const found = of(type).filter((each) => name === undefined || each.name === name);
      const [only] = found;
      if (only === undefined || found.length > 1) {
        throw new Error(`${found.length} resources ${type} ${name ?? ''}`);
      }
      return only;
    },
  };
}

/** What a value is without the mark of secrecy; secrets are told apart by `isSecret`. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (SIGNATURE in value) return plain('value' in value ? value.value : undefined);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Whether a value is kept secret as a whole. */
export function isSecret(value: unknown): boolean {
  return typeof value === 'object' && value !== null && SIGNATURE in value;
}

function idOf(type: string, name: string, inputs: Readonly<Record<string, unknown>>): string {
  const own = nameIn(type, inputs) ?? name;
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/mg-rg-contoso`;
  return type.startsWith('azure-native:') ? `${group}/providers/${type.split(':')[1]}/${own}` : own;
}

/** The name that a resource has in Azure. */
function nameIn(type: string, inputs: Readonly<Record<string, unknown>>): string | undefined {
  const kind = type.split(':').at(-1)?.toLowerCase() ?? '';
  const names = Object.entries(inputs).filter(([key]) => key.endsWith('Name') && key !== 'resourceGroupName'); // prettier-ignore
  const own = names.find(([key]) => kind.includes(key.slice(0, -4).toLowerCase())) ?? names[0];
  return type.endsWith(':ResourceGroup') ? String(inputs.resourceGroupName) : own && String(own[1]); // prettier-ignore
}

/** What Azure tells of a resource beside what it was asked for. */
function told(
  type: string,
  name: string,
  inputs: Readonly<Record<string, unknown>>,
  preview: boolean,
): Record<string, unknown> {
  const kind = type.split(':').at(-1) ?? '';
  const value = (text: string): string => (preview ? UNKNOWN : text);
  const own = nameIn(type, inputs) ?? name;
  const common = type.startsWith('azure-native:') ? { name: value(own) } : {};
  const computed: Readonly<Record<string, Record<string, unknown>>> = {
    Application: { clientId: value('11111111-0000-4000-8000-000000000000') },
    Command: { stdout: value(`sha256:${'0'.repeat(64)}`) },
    DatabaseAccount: { documentEndpoint: value(`https://${own}.documents.azure.com:443/`) },
    Group: { objectId: value(`group-${name}`) },
    ManagedCluster: {
      oidcIssuerProfile: { enabled: true, issuerURL: value('https://issuer.example/') },
      identityProfile: { kubeletidentity: { objectId: value('kubelet') } },
    },
    PublicIPAddress: {
      ipAddress: value('20.1.2.3'),
      dnsSettings: { fqdn: value('contoso.westeurope.cloudapp.azure.com') },
    },
    RandomBytes: { base64: value(Buffer.alloc(32, name).toString('base64')) },
    RandomString: { result: value('abcde') },
    Registry: { loginServer: value(`${own}.azurecr.io`) },
    ServicePrincipal: { objectId: value('service-principal') },
    UserAssignedIdentity: {
      principalId: value(`principal-${own}`),
      clientId: value(`client-${own}`),
    },
    Vault: { properties: { vaultUri: value(`https://${own}.vault.azure.net/`) } },
  };
  return { ...common, ...computed[kind] };
}

function valueOf(output: pulumi.Output<object>): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as Readonly<Record<string, unknown>>)); // the outputs by name
  });
}
