import { expect, test } from '@jest/globals';
import { troubleOf } from './trouble.ts';

test.each([
  [{ code: 409 }, 'taken'],
  [{ code: 412 }, 'stale'],
  [{ code: 404 }, 'missing'],
  [{ code: 404, substatus: 1002 }, 'not_done'],
  [{ code: 404, substatus: 1003 }, 'refused'],
  [{ code: 403, substatus: 3 }, 'not_done'],
  [{ code: 403, substatus: 5300 }, 'refused'],
  [{ code: 401 }, 'refused'],
  [{ code: 413 }, 'too_large'],
  [{ code: 400 }, 'bug'],
  [{ code: 500 }, 'uncertain'],
  [{ code: 'ECONNREFUSED' }, 'not_done'],
  [{ code: 'ECONNRESET' }, 'uncertain'],
  [{ code: 'TimeoutError' }, 'uncertain'],
  [{ name: 'AggregateAuthenticationError' }, 'not_done'],
  [new SyntaxError('an answer that is no JSON'), 'uncertain'],
])('%j is %s', (error, kind) => {
  expect(troubleOf(error).kind).toBe(kind);
});
