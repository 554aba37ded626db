import { overlaps } from './address-plan.ts';
import { edgeMistakes } from './edge-timeouts.ts';
import type { Settings } from './profiles.ts';

const RULES: readonly ((settings: Settings) => string[])[] = [
  addressMistakes,
  rangeMistakes,
  dataMistakes,
  certificateMistakes,
  signInMistakes,
  ({ gatewaySettings }) => edgeMistakes(gatewaySettings),
  (settings) => (settings.profile === 'prod' ? productionMistakes(settings) : []),
];

/** What is wrong with settings that are right one by one, as `name: what to do`; says nothing about the `unusable`. */
export function mistakesTogether(settings: Settings, unusable: ReadonlySet<string>): string[] {
  return RULES.flatMap((rule) => {
    const used = new Set<string>();
    const watched = new Proxy(settings, {
      get: (target, name: keyof Settings) => {
        used.add(name);
        return target[name];
      },
    });
    const mistakes = rule(watched);
    return [...used].some((name) => unusable.has(name)) ? [] : mistakes;
  });
}

function addressMistakes(settings: Settings): string[] {
  const names = ['addressSpace', 'podAddresses', 'serviceAddresses'] as const;
  return names.flatMap((name, index) =>
    names
      .slice(index + 1)
      .filter((other) => overlaps(settings[name], settings[other]))
      .map((other) => `${name}: overlaps ${other}`),
  );
}

function rangeMistakes(settings: Settings): string[] {
  const pairs = [
    ['nodesMin', 'nodesMax'],
    ['edgeMin', 'edgeMax'],
    ['gatewaysMin', 'gatewaysMax'],
    ['routersMin', 'routersMax'],
  ] as const;
  const reversed = pairs.filter(([least, most]) => settings[least] > settings[most]);
  return reversed.map(([least, most]) => `${least}: is more than ${most}`);
}

function dataMistakes(settings: Settings): string[] {
  const mistakes: string[] = [];
  if (settings.privateEndpoints && settings.registryTier !== 'Premium') {
    mistakes.push('registryTier: must be Premium, for others have no private endpoints');
  }
  if (settings.databaseThroughput % 1000 !== 0) {
    mistakes.push('databaseThroughput: must be a multiple of 1000');
  }
  if (settings.systemNodesOnly && settings.nodesMin === 0) {
    mistakes.push(
      'nodesMin: must be 1 or more with systemNodesOnly, or nothing has a place to run',
    );
  }
  return mistakes;
}

/** Each setting belongs to one kind of certificate, and that kind needs it. */
function certificateMistakes(settings: Settings): string[] {
  const mistakes = belonging(settings, 'tls', {
    certificatePfx: 'pfx',
    certificateId: 'keyVault',
    certificateVaultId: 'keyVault',
  });
  if (settings.tls === 'selfSigned' && settings.privateEndpoints) {
    mistakes.push(
      'tls: must not be selfSigned with privateEndpoints, for whoever deploys cannot ask the closed vault for a certificate',
    );
  }
  return mistakes;
}

function signInMistakes(settings: Settings): string[] {
  const mistakes = belonging(settings, 'signIn', { clientId: 'existing', oidcIssuer: 'oidc' });
  const isOidc = settings.signIn === 'oidc';
  if (isOidc !== settings.oidcAudiences.length > 0) {
    mistakes.push(`oidcAudiences: ${isOidc ? 'is needed with' : 'is for'} signIn: oidc`);
  }
  const ours = {
    identifierUris: settings.identifierUris.length > 0,
    createGroups: settings.createGroups,
    roleGroups: Object.keys(settings.roleGroups).length > 0,
  };
  if (settings.signIn !== 'create') {
    const lost = Object.entries(ours).filter(([, given]) => given);
    mistakes.push(...lost.map(([name]) => `${name}: is for signIn: create`));
  }
  return mistakes;
}

function belonging<Choice extends 'tls' | 'signIn'>(
  settings: Settings,
  choice: Choice,
  owners: Partial<Record<keyof Settings, Settings[Choice]>>,
): string[] {
  const names = Object.keys(owners) as (keyof Settings)[]; // they are the keys of that record
  return names.flatMap((name) => {
    const wanted = settings[choice] === owners[name];
    if (wanted === (settings[name] !== undefined)) return [];
    return [`${name}: ${wanted ? 'is needed with' : 'is for'} ${choice}: ${String(owners[name])}`];
  });
}

/** What is a choice while developing and a fault in production. */
function productionMistakes(settings: Settings): string[] {
  const mistakes: string[] = [];
  if (settings.tls === 'none') mistakes.push('tls: must not be none in production');
  if (settings.tls === 'selfSigned') {
    mistakes.push('tls: must not be selfSigned in production, for no client trusts it');
  }
  if (settings.firewall === 'off') mistakes.push('firewall: must not be off in production');
  if (!settings.privateEndpoints) mistakes.push('privateEndpoints: must be true in production');
  if (settings.gatewaysMin < 2) mistakes.push('gatewaysMin: must be 2 or more in production');
  if (settings.routersMin < 2) mistakes.push('routersMin: must be 2 or more in production');
  return mistakes;
}
