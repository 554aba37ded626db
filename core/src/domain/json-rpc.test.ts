import { expect, test } from '@jest/globals';
import { errorResponse, requestIdOf } from './json-rpc.ts';

const echoed = (id: string, rest = '') =>
  errorResponse(requestIdOf(`{"jsonrpc":"2.0","id":${id},"method":"m"${rest}}`), {
    code: 1,
    message: 'no',
  });

test.each([
  '1',
  '-7',
  '"1"',
  '"ü\\n"',
  '0',
  '9007199254740993',
  '123456789012345678901',
  '1.0',
  '1e3',
])('the id %s comes back to the letter', (id) => {
  expect(echoed(id)).toBe(`{"jsonrpc":"2.0","id":${id},"error":{"code":1,"message":"no"}}`);
});

test.each(['null', 'true', '{"id":1}', '[1]'])('%s is no id', (id) => {
  expect(echoed(id)).toContain('"id":null');
});

test('only the id of the request itself counts', () => {
  expect(echoed('"a"', ',"params":{"id":9007199254740993}')).toContain('"id":"a"');
  expect(requestIdOf('{"params":{"id":1}}')).toBeNull();
  expect(requestIdOf('[{"id":1}]')).toBeNull();
  expect(requestIdOf('{"id":1')).toBeNull();
});
