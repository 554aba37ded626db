import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from './profiles.ts';

/** A word that changes when secrets or trusted certificates change; nobody can tell them from it, for the keys in it are random. */
export function contentRevision(
  keys: readonly pulumi.Output<string>[],
  { gatewaySettings, routerSettings, trustedCertificates }: Settings,
): pulumi.Output<string> {
  const all = pulumi.unsecret(pulumi.all([...keys]));
  return all.apply((texts) => {
    const content = JSON.stringify([texts, gatewaySettings, routerSettings, trustedCertificates]);
    return createHash('sha256').update(content).digest('hex').slice(0, 16);
  });
}
