import { expect, test } from '@jest/globals';
import { originGuard } from './origin-guard.ts';

const PUBLIC = 'https://mcp.example.com';
const cloud = originGuard({
  publicOrigin: () => PUBLIC,
  allowedOrigins: ['https://portal.example.com'],
  loopback: false,
});
const laptop = originGuard({
  publicOrigin: () => 'http://localhost:8000',
  allowedOrigins: [],
  loopback: true,
});

test.each([
  ['mcp.example.com', undefined],
  ['MCP.example.com', PUBLIC],
  ['mcp.example.com:443', undefined],
  ['mcp.example.com', 'https://portal.example.com'],
])('in the cloud a request for %s from %s is ours', (host, origin) => {
  expect(() => cloud.assert({ host, origin })).not.toThrow();
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['localhost:8000', undefined],
  ['mcp.example.com:8443', undefined],
  ['mcp.example.com:80', undefined],
  ['mcp.example.com.evil.example', undefined],
  ['mcp.example.com', 'http://mcp.example.com'],
  ['mcp.example.com', 'https://evil.example'],
  ['mcp.example.com', 'http://localhost:3000'],
  ['mcp.example.com', 'null'],
  ['mcp.example.com', `${PUBLIC}.evil.example`],
  ['mcp.example.com', ''],
])('in the cloud a request for %s from %s is refused', (host, origin) => {
  expect(() => cloud.assert({ host, origin })).toThrow(
    expect.objectContaining({ code: 'forbidden' }),
  );
});

test.each([
  ['localhost:1234', undefined],
  ['127.0.0.1', 'http://127.0.0.1:6274'],
  ['[::1]:8000', 'http://[::1]'],
  ['LOCALHOST:8000', 'https://localhost'],
])('on one machine a request for %s from %s is ours', (host, origin) => {
  expect(() => laptop.assert({ host, origin })).not.toThrow();
});

test.each([
  ['localhost.evil.example', undefined],
  ['evil.example:8000', undefined],
  ['127.0.0.1.nip.io', undefined],
  ['localhost:80@evil.example', undefined],
  ['localhost:8000', 'http://evil.example'],
  ['localhost:8000', 'http://localhost.evil.example'],
  ['localhost:8000', 'http://localhost:80@evil.example'],
  ['localhost:8000', 'http://localhost:8000/path'],
  ['localhost:8000', 'null'],
])('on one machine a request for %s from %s is refused', (host, origin) => {
  expect(() => laptop.assert({ host, origin })).toThrow(
    expect.objectContaining({ code: 'forbidden' }),
  );
});

test('where any host will do, pages of strangers are still refused', () => {
  const scraped = originGuard({ publicOrigin: () => 'https://mcp.example.com', allowedOrigins: [], loopback: false, anyHost: true }); // prettier-ignore
  expect(() => scraped.assert({ host: '10.0.0.7:8001' })).not.toThrow();
  expect(() => scraped.assert({ host: '10.0.0.7:8001', origin: 'https://evil.example' })).toThrow(
    expect.objectContaining({ code: 'forbidden' }),
  );
});
