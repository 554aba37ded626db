import type Docker from 'dockerode';
import { engineWords, statusOf, unless } from './engine.ts';

/** The network of a scope's containers, in which none can reach another; they reach the world, and we their ports. */
export interface ScopeNetwork {
  readonly name: string;
  ensure: () => Promise<void>;
  /** Leaves one that is still in use. */
  remove: () => Promise<void>;
}

/** Such a network, made when it is first needed. */
export function scopeNetwork(calls: Docker, scope: string): ScopeNetwork {
  const name = `mcp-gateway.${scope}`;
  const network = calls.getNetwork(name);
  const ensure = async (): Promise<void> => {
    const found = await network.inspect().catch(unless(404));
    if (found === undefined) await create();
  };
  const create = async (): Promise<void> => {
    await calls
      .createNetwork({
        Name: name,
        CheckDuplicate: true,
        Options: {
          'com.docker.network.bridge.enable_icc': 'false',
          // Engines let two networks have one name, but never one interface: so a second creator fails.
          'com.docker.network.bridge.name': `mcp${scope}`,
        },
        Labels: { 'app.kubernetes.io/managed-by': 'mcp-gateway' },
      })
      .catch((error: unknown) => {
        if (statusOf(error) !== 409 && !engineWords(error).includes('same bridge name')) {
          throw error;
        }
      });
  };
  let pending: Promise<void> | undefined;
  return {
    name,
    ensure: () => (pending ??= ensure().finally(() => (pending = undefined))),
    remove: async () => {
      await network.remove().catch((error: unknown) => {
        if (statusOf(error) === undefined) throw error;
      });
    },
  };
}
