import { expect, test } from '@jest/globals';
import { answerHeaders } from './answer-headers.ts';

const ANSWER = {
  'content-type': 'application/json',
  'set-cookie': ['a=b'],
  connection: 'x-hop, close',
  'x-hop': '1',
  'mcp-session-id': 'theirs',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'X-Theirs',
};

test('a server does not say which web pages may read its answers, the gateway does', () => {
  const named = (byPage: boolean): readonly string[] =>
    answerHeaders(200, ANSWER, { requestId: 'r', byPage }).filter((_, at) => at % 2 === 0);
  expect(named(true)).toEqual(['X-Request-Id', 'content-type']);
  expect(named(false)).toEqual([
    'X-Request-Id',
    'content-type',
    'access-control-allow-origin',
    'access-control-expose-headers',
  ]);
});
