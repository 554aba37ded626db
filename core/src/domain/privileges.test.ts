import { expect, test } from '@jest/globals';
import { privilegesOf } from './privileges.ts';

const of = (...ranges: string[]) =>
  privilegesOf({ useWorkloadIdentity: false, egress: ranges.map((cidr) => ({ cidr })) });

test('what everybody has needs no privilege, an identity of the cloud does', () => {
  expect(privilegesOf({ useWorkloadIdentity: false })).toEqual([]);
  expect(privilegesOf({ useWorkloadIdentity: true })).toEqual(['use_workload_identity']);
});

test('a server may be held to parts of the internet by anybody who may write it', () => {
  expect(of()).toEqual([]);
  expect(of('20.0.0.0/8', '93.184.215.14/32', '9.255.255.255/32', '11.0.0.0/8')).toEqual([]);
  expect(of('172.32.0.0/11', '2606:2800::/32', '2001:db8::/32')).toEqual([]);
});

test.each([
  '0.0.0.0/0',
  '8.0.0.0/5',
  '10.0.0.0/8',
  '10.1.2.3/32',
  '10.9.9.9/1',
  '100.100.100.200/32',
  '127.0.0.1/32',
  '168.63.129.0/24',
  '169.254.169.254/32',
  '172.31.255.255/32',
  '192.168.0.0/16',
  '239.1.1.1/32',
  '::/0',
  '2000::/2',
  '200::/7',
  'fd00::/8',
  'fe80::1/128',
  '::1/128',
  '::ffff:10.0.0.1/128',
])('to let a server connect to %s is a privilege', (cidr) => {
  expect(of('20.0.0.0/8', cidr)).toEqual(['open_egress']);
});
