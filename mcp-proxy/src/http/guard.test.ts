import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { createGuard } from './guard.ts';

const none = { allowedOrigins: [], allowedHosts: [] };
const ask = (options: Parameters<typeof createGuard>[0], headers: Record<string, string>) =>
  createGuard(options)({ headers } as unknown as IncomingMessage) === undefined;

describe('a guard', () => {
  const loopback = { ...none, host: '127.0.0.1' };
  const open = { ...none, host: '0.0.0.0' };

  test.each([
    [loopback, { host: 'localhost:8000' }, true],
    [loopback, { host: '127.0.0.1:8000' }, true],
    [loopback, { host: '[::1]:8000' }, true],
    [loopback, { host: 'evil.example.com' }, false],
    [loopback, { host: 'localhost.evil.com' }, false],
    [loopback, {}, false],
    [loopback, { host: 'localhost', origin: 'http://localhost:3000' }, true],
    [loopback, { host: 'localhost', origin: 'http://evil.example.com' }, false],
    [loopback, { host: 'localhost', origin: 'null' }, false],
    [open, { host: 'anything' }, true],
    [open, { host: 'x', origin: 'http://localhost' }, false],
    [
      { ...open, allowedOrigins: ['https://app.example.com'] },
      { origin: 'https://app.example.com' },
      true,
    ],
    [
      { ...open, allowedOrigins: ['https://app.example.com'] },
      { origin: 'https://app.example.com.evil' },
      false,
    ],
    [{ ...open, allowedHosts: ['pod'] }, { host: 'POD:8000' }, true],
    [{ ...open, allowedHosts: ['pod'] }, { host: 'other' }, false],
  ])('%j with %j: %s', (options, headers, allowed) => {
    expect(ask(options, headers as Record<string, string>)).toBe(allowed);
  });
});
