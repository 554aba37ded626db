import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressBlock, addressIn, addressPlan, overlaps } from './address-plan.ts';

/** Blocks of private addresses that are large enough. */
const spaces = fc.tuple(fc.integer({ min: 8, max: 21 }), fc.nat()).map(([bits, seed]) => {
  const size = 2 ** (32 - bits);
  return `${addressIn('10.0.0.0/8', (seed * size) % 2 ** 24)}/${bits}`;
});

test('the subnets are those of the established deployment, and two more', () => {
  expect(addressPlan('10.0.0.0/16')).toEqual({
    nodes: '10.0.1.0/24',
    edge: '10.0.2.0/24',
    endpoints: '10.0.3.0/24',
    loadBalancer: '10.0.4.0/24',
    builds: '10.0.5.0/24',
    gatewayAddress: '10.0.4.10',
  });
});

test('subnets lie in the network and share no address; the gateway has one of the load balancer', () => {
  fc.assert(
    fc.property(spaces, (space) => {
      const { gatewayAddress, ...subnets } = addressPlan(space);
      const blocks = Object.values(subnets);
      const whole = addressBlock(space);
      for (const [index, block] of blocks.entries()) {
        expect(addressBlock(block).first).toBeGreaterThanOrEqual(whole.first);
        expect(addressBlock(block).last).toBeLessThanOrEqual(whole.last);
        for (const other of blocks.slice(index + 1)) expect(overlaps(block, other)).toBe(false);
      }
      expect(overlaps(`${gatewayAddress}/32`, subnets.loadBalancer)).toBe(true);
    }),
  );
});

test('what is no block is refused with words that say how one looks', () => {
  for (const wrong of ['10.0.0.0', '10.0.0/16', '10.0.0.256/24', '10.0.0.0/33', 'ten'])
    expect(() => addressBlock(wrong)).toThrow('such as 10.0.0.0/16');
  expect(() => addressBlock('10.0.1.0/16')).toThrow('must begin where');
});

test('blocks overlap when one holds an address of the other', () => {
  expect(overlaps('10.0.0.0/16', '10.0.255.0/24')).toBe(true);
  expect(overlaps('10.1.0.0/24', '10.0.0.0/15')).toBe(true);
  expect(overlaps('10.0.0.0/16', '10.1.0.0/16')).toBe(false);
});
