import { expect, test } from '@jest/globals';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { ApiError, apiError, toGatewayError } from './api-error.ts';

function codeOf(status: number, message: string): string | undefined {
  const error = toGatewayError(apiError(status, JSON.stringify({ kind: 'Status', message })));
  return error instanceof GatewayError ? error.code : undefined;
}

test("the API server's words reach the caller", () => {
  const error = toGatewayError(apiError(422, '{"message":"spec.replicas: Invalid value"}'));
  expect(error).toMatchObject({
    code: 'invalid_request',
    message: 'The cluster refused: spec.replicas: Invalid value',
  });
});

test.each([
  [400, 'admission webhook "policy" denied the request', 'invalid_request'],
  [403, 'pods "a" is forbidden: exceeded quota: small', 'forbidden'],
  [403, 'User "system:serviceaccount:a:b" cannot patch resource "services"', 'upstream_failed'],
  [404, 'namespaces "servers" not found', 'upstream_failed'],
  [409, 'Apply failed with 1 conflict', 'conflict'],
  [429, 'too many requests', 'unavailable'],
  [500, 'etcdserver: request timed out', 'upstream_failed'],
])('%d %s is %s', (status, message, code) => {
  expect(codeOf(status, message)).toBe(code);
});

test('a server that is away or silent is to be asked again later', () => {
  expect(toGatewayError(new ApiError(503, 'Unreachable', 'no connection'))).toMatchObject({
    code: 'unavailable',
    retryAfterSeconds: 5,
  });
  expect(toGatewayError(new ApiError(504, 'Timeout', 'no answer in time'))).toMatchObject({
    code: 'upstream_timeout',
  });
});

test('an answer that is no Status object is told as it is, and not at length', () => {
  expect(apiError(502, '<html>bad gateway</html>').message).toBe('<html>bad gateway</html>');
  expect(apiError(500, 'x'.repeat(5000)).message).toHaveLength(1000);
  expect(apiError(500, '').message).toBe('HTTP status 500');
});

test('what is not about the API server is passed on', () => {
  const bug = new TypeError('bug');
  expect(toGatewayError(bug)).toBe(bug);
});
