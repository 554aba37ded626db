/** Address blocks that are not of the internet (RFC 6890), as first address and length. */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's own services
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
].map(bounds);

/** True when each address of the block is of the internet. */
export function isPublicRange(cidr: string): boolean {
  if (cidr.includes(':')) return isGlobalUnicast(cidr);
  const [first, last] = bounds(cidr);
  return NOT_PUBLIC.every(([from, to]) => last < from || first > to);
}

/** RFC 4291 section 2.4 with what IANA has given out of it: 2000::/3. */
function isGlobalUnicast(cidr: string): boolean {
  const [address = '', length] = cidr.split('/');
  return /^[23][0-9a-f]{3}:/i.test(address) && Number(length) >= 3;
}

function bounds(cidr: string): readonly [first: number, last: number] {
  const [address = '', length] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = value - (value % size);
  return [first, first + size - 1];
}
