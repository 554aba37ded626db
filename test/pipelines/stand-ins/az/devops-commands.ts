import { readFileSync } from 'node:fs';
import { all, guid, TENANT, type Cloud, type Thing } from './cloud.ts';
import { one, type Command, type Options } from './command.ts';

const devops = ['--organization', '--project'];
const connection = (name: string): string => `connection/${name}`;

/** The commands for Azure DevOps, as bootstrap uses them. */
export const DEVOPS_COMMANDS: Readonly<Record<string, Command>> = {
  'devops project show': {
    needs: devops,
    run: (options) => ({ id: guid(one(options, '--project')) }),
  },
  'devops service-endpoint list': {
    needs: devops,
    run: (_, cloud) => all('connection/', cloud),
  },
  'devops service-endpoint create': {
    needs: [...devops, '--service-endpoint-configuration'],
    writes: true,
    run: (options, { things }) => {
      const file = readFileSync(one(options, '--service-endpoint-configuration'), 'utf8');
      const { name, data, authorization } = JSON.parse(file) as Record<string, Thing> & {
        name: string;
      };
      const parameters = {
        ...(authorization?.parameters as Thing),
        workloadIdentityFederationIssuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
        workloadIdentityFederationSubject: `/eid1/c/pub/t/x/a/y/sc/${guid('org')}/${guid(name)}`,
      };
      return (things[connection(name)] = {
        id: guid(name),
        name,
        data,
        authorization: { scheme: authorization?.scheme, parameters },
      });
    },
  },
  'devops invoke': {
    needs: ['--organization', '--route-parameters', '--area', '--resource'],
    may: ['--query-parameters', '--http-method', '--in-file', '--api-version'],
    run: invoke,
  },
  'pipelines variable-group list': { needs: devops, run: (_, cloud) => all('variables/', cloud) },
  'pipelines variable-group create': {
    needs: [...devops, '--name', '--variables'],
    may: ['--authorize'],
    writes: true,
    run: (options, { things }) => {
      const name = one(options, '--name');
      return (things[`variables/${name}`] = { id: 1, name, variables: options['--variables'] });
    },
  },
  'pipelines show': {
    needs: [...devops, '--name'],
    run: (options, { things }) => {
      const pipeline = things[`pipeline/${one(options, '--name')}`];
      if (pipeline === undefined) throw new Error('There were no build definitions matching name');
      return pipeline;
    },
  },
  'pipelines create': {
    needs: [...devops, '--name', '--repository', '--repository-type', '--branch', '--yml-path'],
    may: ['--skip-first-run'],
    writes: true,
    run: (options, cloud) => {
      const id = 7 + all('pipeline/', cloud).length;
      return (cloud.things[`pipeline/${one(options, '--name')}`] = { id, path: one(options, '--yml-path') }); // prettier-ignore
    },
  },
};

/** Environments and checks, which az knows by their REST resource alone. */
function invoke(options: Options, { things }: Cloud): unknown {
  refuseVersion(options['--api-version']?.[0] ?? '5.0');
  const key = `${one(options, '--area')}/${one(options, '--resource')}`;
  if (key === 'pipelinePermissions/pipelinePermissions') return permissions(options, things);
  const known = (things[key]?.value ?? []) as Thing[];
  if (one(options, '--http-method') !== 'POST') {
    const about = Object.fromEntries(
      (options['--query-parameters'] ?? []).map((pair) => pair.split('=')),
    ) as Record<string, string>;
    const matches = ({ resource }: Thing): boolean => {
      const { type, id } = (resource ?? {}) as Record<string, string>;
      return about.resourceId === undefined || (id === about.resourceId && type === about.resourceType); // prettier-ignore
    };
    return { value: known.filter(matches) };
  }
  const body = JSON.parse(readFileSync(one(options, '--in-file'), 'utf8')) as Thing;
  const made = { id: String(known.length + 1), ...body };
  things[key] = { value: [...known, made] };
  return made;
}

/** Which pipelines may use a resource; a change adds to what there is. */
function permissions(options: Options, things: Cloud['things']): unknown {
  const routes = new URLSearchParams((options['--route-parameters'] ?? []).join('&'));
  const [type, id] = ['resourceType', 'resourceId'].map((name) => routes.get(name));
  if (!type || !id || !routes.has('project')) throw new Error('A route parameter is missing.');
  const key = `permissions/${type}/${id}`;
  const known = (things[key]?.pipelines ?? []) as Thing[];
  if (one(options, '--http-method') !== 'PATCH')
    return { resource: { type, id }, pipelines: known };
  const body = JSON.parse(readFileSync(one(options, '--in-file'), 'utf8')) as {
    pipelines: Thing[];
  };
  return (things[key] = { resource: { type, id }, pipelines: [...known, ...body.pipelines] });
}

/** What is a preview is refused without saying so; and az takes the version for a number once "-preview" is gone. */
function refuseVersion(version: string): void {
  const number = version.replace('-preview', '');
  if (!/^\d+\.\d+$/.test(number)) throw new Error(`could not convert string to float: '${number}'`);
  if (number === version) {
    throw new Error(`The requested version "${version}" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests.`); // prettier-ignore
  }
}
