import { BlockList } from 'node:net';
import type { V1NetworkPolicyEgressRule } from '@kubernetes/client-node';
import type { Wire } from './objects.ts';

/** Addresses that a workload may connect to, by block and TCP port (any when absent). */
export interface EgressRange {
  readonly cidr: string;
  readonly except?: readonly string[] | undefined;
  readonly ports?: readonly number[] | undefined;
}

/** Where clouds answer questions about identity and secrets of a machine; nothing a workload lists opens them. */
export const METADATA_RANGES: readonly string[] = [
  '169.254.0.0/16', // instance metadata of all clouds, task credentials
  '168.63.129.16/32', // Azure's wire server
  '100.100.100.200/32', // Alibaba's metadata
  'fd00:ec2::254/128',
  'fe80::/10',
];

const PRIVATE_RANGES: readonly string[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
];

/** All public addresses: what servers that call an API on the internet, or are fetched by npx and uvx, need. */
export const PUBLIC_INTERNET: readonly EgressRange[] = [
  { cidr: '0.0.0.0/0', except: PRIVATE_RANGES },
  { cidr: '::/0', except: PRIVATE_RANGES },
];

export type IpFamily = 'IPv4' | 'IPv6';

/** The family of a block; some network-policy engines fail on blocks of a family that their cluster has not. */
export function familyOf(cidr: string): IpFamily {
  return cidr.includes(':') ? 'IPv6' : 'IPv4';
}

/** The rule for one range less what is blocked; undefined when nothing is left of it. */
export function egressRule(
  { cidr, except = [], ports = [] }: EgressRange,
  blocked: readonly string[],
): Wire<V1NetworkPolicyEgressRule> | undefined {
  const holes = [...blocked, ...except];
  if (holes.some((hole) => contains(hole, cidr))) return undefined;
  const within = outermost(holes.filter((hole) => contains(cidr, hole)));
  return {
    to: [{ ipBlock: { cidr, ...(within.length > 0 && { except: within }) } }],
    ...(ports.length > 0 && { ports: ports.map((port) => ({ protocol: 'TCP', port })) }),
  };
}

/** Of ranges that lie within each other only the outer ones, each once, in order. */
function outermost(ranges: readonly string[]): string[] {
  return [...new Set(ranges)]
    .filter((range, _, all) => !all.some((other) => other !== range && contains(other, range)))
    .sort();
}

/** True when all addresses of `inner` are addresses of `outer`. */
function contains(outer: string, inner: string): boolean {
  const [outerAddress, outerBits] = parts(outer);
  const [innerAddress, innerBits] = parts(inner);
  if (familyOf(outer) !== familyOf(inner) || outerBits > innerBits) return false;
  const family = familyOf(outer) === 'IPv6' ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(outerAddress, outerBits, family);
  return list.check(innerAddress, family);
}

function parts(cidr: string): [address: string, bits: number] {
  const [address = '', bits] = cidr.split('/');
  return [address, Number(bits)];
}
