import { expect, test } from '@jest/globals';
import { answerParser } from './answer-parser.ts';

const WITH_LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\n';
const ACCEPTED = 'HTTP/1.1 202 Accepted\r\n\r\n';

function parse(pieces: readonly string[]) {
  const answers: string[] = [];
  const take = answerParser(({ status, body }) => answers.push(`${status} ${body.toString()}`));
  for (const piece of pieces) take(Buffer.from(piece));
  return answers;
}

test('answers of every framing come out whole', () => {
  expect(parse([WITH_LENGTH + CHUNKED + ACCEPTED])).toEqual(['200 hello', '404 hello', '202 ']);
});

test('where the network cuts the bytes does not matter', () => {
  expect(parse((CHUNKED + WITH_LENGTH + ACCEPTED + CHUNKED).split(''))).toEqual([
    '404 hello',
    '200 hello',
    '202 ',
    '404 hello',
  ]);
});

test('an answer without a length is refused', () => {
  expect(() => parse(['HTTP/1.1 200 OK\r\n\r\n'])).toThrow('without a length');
});
