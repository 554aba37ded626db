import { messageBytes, post, readMessage, requestBody } from './mcp-client.ts';
import type { HttpAnswer } from './answer-parser.ts';
import type { Connection } from './connection.ts';
import type { Session } from './mcp-client.ts';

/** Does one exchange and rejects unless its answer is the right one. */
export type Call = () => Promise<void>;

/** Calls the tool `echo` with a new text each time and expects it back. */
export function echoCall(connection: Connection, session: Session): Call {
  return async () => {
    const id = session.nextId();
    const text = `hello-${id}`;
    const params = `{"name":"echo","arguments":{"message":"${text}"}}`;
    const answer = await connection.exchange(post(session, requestBody(id, 'tools/call', params)));
    const echoed = readMessage(answer, id).content?.[0]?.text;
    if (echoed?.endsWith(text) !== true) throw new Error(`${text} came back as ${String(echoed)}`);
  };
}

/**
 * Lists tools and expects `count` of them. The first answer is parsed whole; later ones must equal it byte by byte
 * but for their id, so that the client stays cheap.
 */
export function listCall(connection: Connection, session: Session, count: number): Call {
  let known: Buffer | undefined;
  return async () => {
    const id = session.nextId();
    const answer = await connection.exchange(post(session, requestBody(id, 'tools/list', '{}')));
    if (known !== undefined) {
      if (!withoutId(answer, id).equals(known)) throw new Error('the list of tools has changed');
      return;
    }
    const { tools } = readMessage(answer, id);
    if (tools?.length !== count) throw new Error(`${String(tools?.length)} tools, not ${count}`);
    known = withoutId(answer, id);
  };
}

/** A copy of the message with its id blanked. */
function withoutId(answer: HttpAnswer, id: number): Buffer {
  const message = Buffer.from(messageBytes(answer));
  const { start, end } = placeOfId(message, id);
  return message.fill(' ', start, end);
}

/** Where the id of a message stands: in its first or last 100 bytes. */
function placeOfId(message: Buffer, id: number): { start: number; end: number } {
  const needle = `"id":${id}`;
  const atStart = message.subarray(0, 100).indexOf(needle);
  const start = atStart >= 0 ? atStart : message.indexOf(needle, Math.max(0, message.length - 100));
  if (start < 0) throw new Error(`no answer to request ${id}`);
  return { start, end: start + needle.length };
}

/** Asks the tool `big` for a text of so many bytes and expects it whole, without the cost of parsing it. */
export function bigAnswerCall(connection: Connection, session: Session, bytes: number): Call {
  const expected = Buffer.alloc(bytes, 'x');
  return async () => {
    const id = session.nextId();
    const answer = await connection.exchange(bigAnswerRequest(session, id, bytes));
    if (answer.body.length < bytes) readMessage(answer, id);
    const message = messageBytes(answer);
    placeOfId(message, id);
    const start = message.indexOf('"text":"x') + '"text":"'.length;
    if (!message.subarray(start, start + bytes).equals(expected)) {
      throw new Error(`${message.length} bytes came back, not the ${bytes} that were asked for`);
    }
  };
}

/** The request of a call of `big`. */
export function bigAnswerRequest(session: Session, id: number, bytes: number): string {
  const params = `{"name":"big","arguments":{"bytes":${bytes}}}`;
  return post(session, requestBody(id, 'tools/call', params));
}

/** Sends a text of so many bytes to the tool `size` and expects its length back. */
export function bigRequestCall(connection: Connection, session: Session, bytes: number): Call {
  const text = 'x'.repeat(bytes);
  return async () => {
    const id = session.nextId();
    const params = `{"name":"size","arguments":{"message":"${text}"}}`;
    const request = post(session, requestBody(id, 'tools/call', params));
    const answer = await connection.exchange(Buffer.from(request, 'latin1'));
    const got = readMessage(answer, id).content?.[0]?.text;
    if (got !== String(bytes)) throw new Error(`${String(got)} bytes arrived, not ${bytes}`);
  };
}
