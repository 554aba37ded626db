import { all, guid, SUBSCRIPTION, TENANT, type Cloud, type Thing } from './cloud.ts';
import { one, type Command, type Options } from './command.ts';
import { DEPLOYMENT_COMMANDS } from './deployment-commands.ts';
import { DEVOPS_COMMANDS } from './devops-commands.ts';

const groupId = (name: string): string => `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}`;

function resource(options: Options, kind: string, parent?: string): string {
  const name = `${parent === undefined ? '' : `${one(options, parent)}/`}${one(options, '--name')}`;
  return `${groupId(one(options, '--resource-group'))}/${kind}/${name}`;
}

const show =
  (id: (options: Options) => string) =>
  (options: Options, { things }: Cloud): Thing => {
    const thing = things[id(options)];
    if (thing === undefined) throw new Error(`(ResourceNotFound) ${id(options)} was not found.`);
    return thing;
  };

const create =
  (id: (options: Options) => string, more: (options: Options) => Thing = () => ({})) =>
  (options: Options, { things }: Cloud): Thing => {
    const group = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\/./.exec(id(options))?.[1];
    if (group !== undefined && things[group] === undefined) {
      throw new Error(`(ResourceGroupNotFound) Resource group '${group}' could not be found.`);
    }
    return (things[id(options)] = { id: id(options), ...more(options) });
  };

const group = (options: Options): string => groupId(one(options, '--name'));
const lock = (options: Options): string => resource(options, 'locks');
const account = (options: Options): string => resource(options, 'storageAccounts');
const blobs = (options: Options): string =>
  `${groupId(one(options, '--resource-group'))}/blobServices/${one(options, '--account-name')}`;
const container = (options: Options): string =>
  resource(options, 'containers', '--storage-account');
const vault = (options: Options): string => resource(options, 'vaults');
const identity = (options: Options): string => resource(options, 'identities');
const credential = (options: Options): string =>
  resource(options, 'credentials', '--identity-name');

/** A federated credential as `identity federated-credential` writes it. */
const trusting: Command = {
  needs: ['--name', '--identity-name', '--resource-group', '--issuer', '--subject'],
  may: ['--audiences'],
  writes: true,
  run: create(credential, (options) => ({
    name: one(options, '--name'),
    issuer: one(options, '--issuer'),
    subject: one(options, '--subject'),
  })),
};

/** The commands that the scripts use, with the options that az documents for them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...DEPLOYMENT_COMMANDS,
  ...DEVOPS_COMMANDS,
  'account show': {
    needs: [],
    run: () => ({ id: SUBSCRIPTION, tenantId: TENANT, name: 'Contoso' }),
  },
  'account set': { needs: ['--subscription'], run: () => ({}) },
  'provider show': {
    needs: ['--namespace'],
    run: (options, { things }) =>
      things[`provider/${one(options, '--namespace')}`] ?? { registrationState: 'NotRegistered' },
  },
  'provider register': {
    needs: ['--namespace'],
    may: ['--wait'],
    writes: true,
    run: (options, { things }) =>
      (things[`provider/${one(options, '--namespace')}`] = { registrationState: 'Registered' }),
  },
  'group show': { needs: ['--name'], run: show(group) },
  'group create': { needs: ['--name', '--location'], writes: true, run: create(group) },
  'lock show': { needs: ['--name', '--resource-group'], run: show(lock) },
  'lock create': {
    needs: ['--name', '--resource-group', '--lock-type'],
    writes: true,
    run: create(lock),
  },
  'storage account show': { needs: ['--name', '--resource-group'], run: show(account) },
  'storage account create': {
    needs: ['--name', '--resource-group', '--location', '--sku', '--kind', '--min-tls-version'],
    may: ['--https-only', '--allow-blob-public-access', '--allow-shared-key-access'],
    writes: true,
    run: create(account, (options) => ({ options })),
  },
  'storage account blob-service-properties show': {
    needs: ['--account-name', '--resource-group'],
    run: (options, { things }) => things[blobs(options)] ?? { isVersioningEnabled: null },
  },
  'storage account blob-service-properties update': {
    needs: ['--account-name', '--resource-group'],
    may: [
      '--enable-versioning',
      '--enable-delete-retention',
      '--delete-retention-days',
      '--enable-container-delete-retention',
      '--container-delete-retention-days',
    ],
    writes: true,
    run: create(blobs, () => ({ isVersioningEnabled: true })),
  },
  'storage container-rm show': {
    needs: ['--name', '--storage-account', '--resource-group'],
    run: show(container),
  },
  'storage container-rm create': {
    needs: ['--name', '--storage-account', '--resource-group'],
    writes: true,
    run: create(container),
  },
  'storage blob exists': {
    needs: ['--account-name', '--container-name', '--name'],
    may: ['--auth-mode'],
    run: (options, { things }) => {
      if (one(options, '--auth-mode') !== 'login') throw new Error('(KeyBasedAuthenticationNotPermitted) no'); // prettier-ignore
      const path = ['--account-name', '--container-name', '--name'].map((name) => one(options, name)); // prettier-ignore
      return { exists: things[`blob/${path.join('/')}`] !== undefined };
    },
  },
  'keyvault show': { needs: ['--name', '--resource-group'], run: show(vault) },
  'keyvault create': {
    needs: ['--name', '--resource-group', '--location'],
    may: ['--enable-rbac-authorization', '--enable-purge-protection', '--retention-days'],
    writes: true,
    run: create(vault, (options) => ({ options })),
  },
  'keyvault list-deleted': { needs: [], may: ['--resource-type'], run: () => [] },
  'keyvault purge': { needs: ['--name'], writes: true, run: () => ({}) },
  'identity show': { needs: ['--name', '--resource-group'], run: show(identity) },
  'identity create': {
    needs: ['--name', '--resource-group', '--location'],
    writes: true,
    run: create(identity, (options) => ({
      principalId: guid('principal', one(options, '--name')),
      clientId: guid('client', one(options, '--name')),
    })),
  },
  'identity federated-credential show': {
    needs: ['--name', '--identity-name', '--resource-group'],
    run: show(credential),
  },
  'identity federated-credential list': {
    needs: ['--identity-name', '--resource-group'],
    run: (options, cloud) => all(`${resource({ ...options, '--name': [one(options, '--identity-name')] }, 'credentials')}/`, cloud), // prettier-ignore
  },
  'identity federated-credential create': trusting,
  'identity federated-credential update': {
    ...trusting,
    run: (options, cloud, build) => {
      show(credential)(options, cloud);
      return trusting.run(options, cloud, build);
    },
  },
  'role assignment list': {
    needs: ['--scope'],
    run: (options, cloud) =>
      all('role/', cloud).filter(({ scope }) => scope === one(options, '--scope')),
  },
  'role assignment create': {
    needs: ['--assignee-object-id', '--assignee-principal-type', '--role', '--scope'],
    may: ['--condition', '--condition-version'],
    writes: true,
    run: (options, { things }) => {
      const role = {
        principalId: one(options, '--assignee-object-id'),
        principalType: one(options, '--assignee-principal-type'),
        roleDefinitionName: one(options, '--role'),
        scope: one(options, '--scope'),
        condition: one(options, '--condition'),
      };
      const id = `role/${guid(...Object.values(role))}`;
      return (things[id] = { id, ...role });
    },
  },
  'ad signed-in-user show': { needs: [], run: () => ({ id: guid('me') }) },
  'ad sp show': {
    needs: ['--id'],
    run: () => ({
      id: guid('graph'),
      appRoles: [
        ...['Application.ReadWrite.OwnedBy', 'AppRoleAssignment.ReadWrite.All'],
        ...['Group.Create', 'GroupMember.Read.All'],
      ].map((value) => ({ value, id: guid(value) })),
    }),
  },
  rest: { needs: ['--method', '--url'], may: ['--body'], run: rest },
};

/** Keys of vaults, and the permissions of service principals in Microsoft Graph. */
function rest(options: Options, { things }: Cloud): unknown {
  const url = one(options, '--url').replace(/\?.*$/, '');
  const method = one(options, '--method');
  if (url.startsWith('https://graph.microsoft.com/')) {
    const granted = (things[url]?.value ?? []) as unknown[];
    if (method === 'get') return { value: granted };
    const grant = {
      id: guid(url, one(options, '--body')),
      ...(JSON.parse(one(options, '--body')) as Thing),
    };
    return (things[url] = { value: [...granted, grant] });
  }
  if (method === 'put') {
    return (things[url] = { id: url, ...(JSON.parse(one(options, '--body')) as Thing) });
  }
  const thing = things[url];
  if (thing === undefined) throw new Error('Not Found({"error":{"code":"KeyNotFound"}})');
  return thing;
}
