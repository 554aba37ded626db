import { generate } from 'selfsigned';
import type { Cloud } from './cloud.ts';
import { one, type Command, type Options } from './command.ts';

/** A certificate that a vault has made. */
export interface VaultCertificate {
  readonly policy: Policy;
  readonly key: string;
  readonly cert: string;
}

interface Policy {
  readonly x509CertificateProperties: {
    readonly subjectAlternativeNames: { readonly dnsNames: readonly string[] };
  };
}

/** By which the stand-in keeps what a vault has made. */
export const certificateKey = (vault: string, name: string): string =>
  `certificate/${vault}/${name}`;

const certificate = (options: Options): string =>
  certificateKey(one(options, '--vault-name'), one(options, '--name'));
const image = (registry: string, options: Options): string =>
  `image/${registry}/${one(options, '--image')}`;

/** The commands that the Pulumi program runs. */
export const DEPLOYMENT_COMMANDS: Readonly<Record<string, Command>> = {
  'acr agentpool update': {
    needs: ['--registry', '--name', '--count'],
    writes: true,
    run: () => ({}),
  },
  'acr build': {
    needs: ['--registry', '--image', '--file', '--platform'],
    may: ['--agent-pool'],
    writes: true,
    run: async (options, { things }, build) => {
      const registry = one(options, '--registry');
      const asked = { image: one(options, '--image'), dockerfile: one(options, '--file') };
      things[image(registry, options)] = { digest: await build(asked) };
      return {};
    },
  },
  'acr repository show': {
    needs: ['--name', '--image'],
    run: (options, { things }) => there(things[image(one(options, '--name'), options)]),
  },
  'keyvault certificate list': { needs: ['--vault-name'], run: () => [] },
  'keyvault certificate show': {
    needs: ['--vault-name', '--name'],
    run: (options, { things }) => there(things[certificate(options)]),
  },
  'keyvault certificate create': {
    needs: ['--vault-name', '--name', '--policy'],
    writes: true,
    run: async (options, { things }) => {
      const policy = JSON.parse(one(options, '--policy')) as Policy; // as the script says
      return (things[certificate(options)] = { ...(await made(policy)) });
    },
  },
};

function there(thing: Cloud['things'][string] | undefined): Cloud['things'][string] {
  if (thing === undefined) throw new Error('(NotFound) It is not there.');
  return thing;
}

async function made(policy: Policy): Promise<VaultCertificate> {
  const { dnsNames } = policy.x509CertificateProperties.subjectAlternativeNames;
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'MCP gateway' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: dnsNames.map((value) => ({ type: 2, value })) },
    ],
  });
  return { policy, key, cert };
}
