import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSerializer, type Mapper } from '@azure/core-client';

type Mappers = Readonly<Record<string, Mapper>>;

const MODULES = resolve(import.meta.dirname, '../../node_modules/@azure');

/** Which model of which client describes the body of a resource. */
const MODELS: Readonly<Record<string, readonly [client: string, model: string]>> = {
  'applicationinsights:Component': ['arm-appinsights/esm', 'ApplicationInsightsComponent'],
  'containerregistry:AgentPool': ['arm-containerregistry/dist-esm/src', 'AgentPool'],
  'containerregistry:Registry': ['arm-containerregistry/dist-esm/src', 'Registry'],
  'containerservice:AgentPool': ['arm-containerservice/dist/esm', 'AgentPool'],
  'containerservice:MaintenanceConfiguration': ['arm-containerservice/dist/esm', 'MaintenanceConfiguration'], // prettier-ignore
  'containerservice:ManagedCluster': ['arm-containerservice/dist/esm', 'ManagedCluster'],
  'cosmosdb:DatabaseAccount': [
    'arm-cosmosdb/dist-esm/src',
    'DatabaseAccountCreateUpdateParameters',
  ],
  'cosmosdb:SqlResourceSqlContainer': ['arm-cosmosdb/dist-esm/src', 'SqlContainerCreateUpdateParameters'], // prettier-ignore
  'cosmosdb:SqlResourceSqlDatabase': ['arm-cosmosdb/dist-esm/src', 'SqlDatabaseCreateUpdateParameters'], // prettier-ignore
  'cosmosdb:SqlResourceSqlRoleAssignment': ['arm-cosmosdb/dist-esm/src', 'SqlRoleAssignmentCreateUpdateParameters'], // prettier-ignore
  'keyvault:Secret': ['arm-keyvault/dist/esm', 'SecretCreateOrUpdateParameters'],
  'keyvault:Vault': ['arm-keyvault/dist/esm', 'VaultCreateOrUpdateParameters'],
  'managedidentity:FederatedIdentityCredential': [
    'arm-msi/dist/esm',
    'FederatedIdentityCredential',
  ],
  'managedidentity:UserAssignedIdentity': ['arm-msi/dist/esm', 'Identity'],
  'network:ApplicationGateway': ['arm-network/dist/esm', 'ApplicationGateway'],
  'network:NetworkSecurityGroup': ['arm-network/dist/esm', 'NetworkSecurityGroup'],
  'network:PrivateDnsZoneGroup': ['arm-network/dist/esm', 'PrivateDnsZoneGroup'],
  'network:PrivateEndpoint': ['arm-network/dist/esm', 'PrivateEndpoint'],
  'network:PublicIPAddress': ['arm-network/dist/esm', 'PublicIPAddress'],
  'network:Subnet': ['arm-network/dist/esm', 'Subnet'],
  'network:VirtualNetwork': ['arm-network/dist/esm', 'VirtualNetwork'],
  'network:WebApplicationFirewallPolicy': ['arm-network/dist/esm', 'WebApplicationFirewallPolicy'],
  'operationalinsights:Workspace': ['arm-operationalinsights/dist-esm/src', 'Workspace'],
  'privatedns:PrivateZone': ['arm-privatedns/dist-esm/src', 'PrivateZone'],
  'privatedns:VirtualNetworkLink': ['arm-privatedns/dist-esm/src', 'VirtualNetworkLink'],
};

/** Parts of a resource's address, which are no part of its body. */
const IN_PATH = /^(resourceGroupName|resourceName|configName|roleAssignmentId|\w+Name)$/;

const loaded = new Map<string, Promise<Mappers>>();

/** As a text, for these files are modules in packages that do not say so, or that export nothing of theirs. */
async function mappersOf(client: string): Promise<Mappers> {
  const text = readFileSync(resolve(MODULES, client, 'models/mappers.js'), 'utf8').replace(
    /^import [^;]*;\n(import [^;]*;)?/m, // of an old client, which describes errors by them
    'const __assign = Object.assign, CloudErrorMapper = {}, BaseResourceMapper = {};',
  );
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as Mappers; // each a mapper, but for a few
}

/** A resource as Azure's own client sees it: what is wrong with it, and what goes over the wire. */
export interface ArmBody {
  readonly mistakes: readonly string[];
  readonly body: unknown;
}

/** Checks the inputs of a resource against the client's description; undefined where there is none. */
export async function armBody(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
): Promise<ArmBody | undefined> {
  const model = MODELS[type.replace('azure-native:', '')];
  if (model === undefined) return undefined;
  const [client, name] = model;
  const loading = loaded.get(client) ?? mappersOf(client);
  loaded.set(client, loading);
  const mappers = await loading;
  const mapper = mappers[name];
  if (mapper === undefined) throw new Error(`${client} describes no ${name}`);
  const known = Object.keys(propertiesOf(mapper, mappers)).map((key) => key.toLowerCase());
  const asked = Object.entries(inputs).filter(([key]) => known.includes(key.toLowerCase()) || !IN_PATH.test(key)); // prettier-ignore
  const mistakes: string[] = [];
  const value = normalized(Object.fromEntries(asked), mapper, { mappers, mistakes, path: name });
  return { mistakes, body: createSerializer({ ...mappers }).serialize(mapper, value) as unknown };
}

interface Walk {
  readonly mappers: Mappers;
  readonly mistakes: string[];
  readonly path: string;
}

type Properties = Readonly<Record<string, Mapper>>;

/** A model's own properties and those of what it extends; of a family of models, those of all members. */
function propertiesOf(mapper: Mapper, mappers: Mappers): Properties {
  const { type } = mapper;
  if (type.name !== 'Composite') return {};
  const { className = '' } = type as { className?: string };
  const model = mappers[className] ?? mapper;
  const { modelProperties = {} } = model.type as { modelProperties?: Properties };
  const family = Object.values(mappers).filter(
    (each) => (each.type as { uberParent?: string } | undefined)?.uberParent === className,
  );
  const others = family.map((each) => (each.type as { modelProperties?: Properties }).modelProperties ?? {}); // prettier-ignore
  return Object.assign({}, ...others, modelProperties) as Properties;
}

/** The value with the client's spelling of names, noting on the way what does not fit. */
function normalized(value: unknown, mapper: Mapper, walk: Walk): unknown {
  const { mistakes, path, mappers } = walk;
  const type = mapper.type as {
    name: string;
    element?: Mapper;
    value?: Mapper;
    allowedValues?: readonly unknown[];
  };
  check(value, mapper, walk);
  if (Array.isArray(value) && type.name === 'Dictionary') {
    // The provider takes a list of ids where Azure takes an object of them.
    return Object.fromEntries(value.map((id) => [String(id), {}]));
  }
  if (Array.isArray(value)) {
    if (type.element === undefined) mistakes.push(`${path}: is no list`);
    const { element } = type;
    return element === undefined
      ? value
      : value.map((item, index) =>
          normalized(item, element, { ...walk, path: `${path}.${index}` }),
        );
  }
  if (typeof value !== 'object' || value === null) return value;
  if (type.name === 'Dictionary' && type.value !== undefined) {
    const { value: each } = type;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalized(item, each, { ...walk, path: `${path}.${key}` })])); // prettier-ignore
  }
  return type.name === 'Composite' ? composite(value, propertiesOf(mapper, mappers), walk) : value;
}

function composite(value: object, properties: Properties, walk: Walk): object {
  const { mistakes, path } = walk;
  const names = new Map(Object.keys(properties).map((key) => [key.toLowerCase(), key]));
  const spelt: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const own = names.get(key.toLowerCase());
    const property = own === undefined ? undefined : properties[own];
    if (own === undefined || property === undefined) mistakes.push(`${path}.${key}: is not known`);
    else if (property.readOnly) mistakes.push(`${path}.${key}: only Azure sets it`);
    else spelt[own] = normalized(item, property, { ...walk, path: `${path}.${key}` });
  }
  for (const [own, property] of Object.entries(properties)) {
    if (property.required && !property.readOnly && spelt[own] === undefined) mistakes.push(`${path}.${own}: is missing`); // prettier-ignore
  }
  return spelt;
}

const KINDS: Readonly<Record<string, string>> = {
  String: 'string',
  Number: 'number',
  Boolean: 'boolean',
  Enum: 'string',
};

function check(value: unknown, { type, constraints = {} }: Mapper, { mistakes, path }: Walk): void {
  const { name, allowedValues } = type as { name: string; allowedValues?: readonly unknown[] };
  const text = String(value);
  const kind = KINDS[name];
  const { Pattern, InclusiveMinimum: least, InclusiveMaximum: most, MaxLength, MinLength } = constraints; // prettier-ignore
  const wrong: readonly [boolean | undefined, string][] = [
    [kind !== undefined && typeof value !== kind, `must be a ${kind ?? ''}`],
    [
      allowedValues && !allowedValues.includes(value),
      `must be one of ${allowedValues?.join() ?? ''}`,
    ],
    [Pattern !== undefined && !new RegExp(Pattern).test(text), `must match ${String(Pattern)}`],
    [least !== undefined && Number(value) < least, `is below ${least ?? ''}`],
    [most !== undefined && Number(value) > most, `is above ${most ?? ''}`],
    [MaxLength !== undefined && text.length > MaxLength, 'is too long'],
    [MinLength !== undefined && text.length < MinLength, 'is too short'],
  ];
  mistakes.push(...wrong.filter(([is]) => is).map(([, what]) => `${path}: ${what}`));
}
