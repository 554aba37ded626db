/** Who lives in which part of the virtual network. */
export interface AddressPlan {
  readonly nodes: string;
  readonly edge: string;
  readonly endpoints: string;
  readonly loadBalancer: string;
  readonly builds: string;
  /** Where the gateway is found inside the network: in the load balancer's own part, which nothing else takes from. */
  readonly gatewayAddress: string;
}

/** The addresses of the cluster and of the network around it. */
export function ownRanges(settings: {
  readonly addressSpace: string;
  readonly podAddresses: string;
  readonly serviceAddresses: string;
}): readonly string[] {
  return [settings.addressSpace, settings.podAddresses, settings.serviceAddresses];
}

/** Azure keeps the first four addresses of a subnet for itself. */
const GATEWAY_HOST = 10;

/** Cuts a virtual network's address space, of at least eight parts of 256 addresses, into subnets. */
export function addressPlan(addressSpace: string): AddressPlan {
  const { first } = addressBlock(addressSpace);
  const part = (index: number): string => `${text(first + index * 256)}/24`;
  const loadBalancer = part(4);
  const gatewayAddress = text(addressBlock(loadBalancer).first + GATEWAY_HOST);
  return {
    // The very first part stays free for what a team adds beside the program.
    nodes: part(1),
    edge: part(2),
    endpoints: part(3),
    loadBalancer,
    builds: part(5),
    gatewayAddress,
  };
}

/** A block of IPv4 addresses as numbers. */
export interface AddressBlock {
  readonly first: number;
  readonly last: number;
  readonly bits: number;
}

/** Reads a block such as `10.0.0.0/16`; throws when it is none, or does not begin where such a block begins. */
export function addressBlock(block: string): AddressBlock {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(block);
  const numbers = match?.slice(1).map(Number) ?? [];
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = numbers;
  if (numbers.length === 0 || [a, b, c, d].some((byte) => byte > 255) || bits > 32) {
    throw new Error('must be a block of IPv4 addresses such as 10.0.0.0/16');
  }
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - bits);
  if (first % size !== 0) throw new Error(`must begin where a block of /${bits} begins`);
  return { first, last: first + size - 1, bits };
}

/** Whether two blocks share an address. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [addressBlock(one), addressBlock(other)];
  return a.first <= b.last && b.first <= a.last;
}

/** The address at a place in a block, such as that of a cluster's name service. */
export function addressIn(block: string, place: number): string {
  return text(addressBlock(block).first + place);
}

function text(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
