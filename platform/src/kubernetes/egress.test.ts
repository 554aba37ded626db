import { expect, test } from '@jest/globals';
import { egressRule, METADATA_RANGES } from './egress.ts';

const block = (cidr: string, blocked: readonly string[]) =>
  egressRule({ cidr }, blocked)?.to?.[0]?.ipBlock;

test('a hole in a listed range is left out of it', () => {
  expect(block('169.0.0.0/8', METADATA_RANGES)).toEqual({
    cidr: '169.0.0.0/8',
    except: ['169.254.0.0/16'],
  });
});

test('a range that is blocked as a whole gives no rule', () => {
  expect(block('169.254.169.254/32', METADATA_RANGES)).toBeUndefined();
  expect(block('10.0.0.0/8', ['10.0.0.0/8'])).toBeUndefined();
  expect(block('fe80::1/128', METADATA_RANGES)).toBeUndefined();
});

test('holes of the other family and outside of the range are not mentioned', () => {
  expect(block('2001:db8::/32', METADATA_RANGES)).toEqual({ cidr: '2001:db8::/32' });
  expect(block('192.0.2.0/24', METADATA_RANGES)).toEqual({ cidr: '192.0.2.0/24' });
});

test('holes within holes are mentioned once', () => {
  expect(block('0.0.0.0/0', ['10.0.0.0/8', '10.96.0.0/16', '10.0.0.0/8'])?.except).toEqual([
    '10.0.0.0/8',
  ]);
});
