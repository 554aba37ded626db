import type { ChildLine } from '../json/child-line.ts';
import { memberSpan, replaceSpans } from '@mcp-gateway/core/domain/json/spans';
import { META } from './envelope.ts';

/** What a client called things that have another name towards the child, as it wrote them. */
export interface ClientNames {
  /** The JSON of the id. */
  readonly id: string;
  /** The JSON of the progress token, where there is one. */
  readonly token: string | undefined;
}

const TOKEN_PATH = ['params', '_meta', 'progressToken'];
const RESULT_SUBSCRIPTION = ['result', '_meta', META.subscription];
const SUBSCRIPTION = ['params', '_meta', META.subscription];

/** A request whose id and progress token can be replaced by a number of ours; nothing else changes. */
export interface Renamed {
  readonly names: ClientNames;
  readonly text: (number: number) => string;
}

/** Finds what must have another name towards the child. */
export function toChild(request: string): Renamed {
  const id = memberSpan(request, ['id']);
  const token = memberSpan(request, TOKEN_PATH);
  return {
    names: {
      id: id ? request.slice(id.start, id.end) : 'null',
      token: token && request.slice(token.start, token.end),
    },
    text: (number) => {
      const by = String(number);
      return replaceSpans(request, [
        { span: id, by },
        { span: token, by },
      ]);
    },
  };
}

/** The child's response with the client's id; also where a subscription's end repeats it. */
export function responseToClient(
  { text, idSpan }: ChildLine,
  { id }: ClientNames,
  subscription: boolean,
): string | Buffer {
  if (idSpan && typeof text !== 'string' && !subscription) {
    return Buffer.concat([
      text.subarray(0, idSpan.start),
      Buffer.from(id),
      text.subarray(idSpan.end),
    ]);
  }
  const json = text.toString();
  return replaceSpans(json, [
    { span: memberSpan(json, ['id']), by: id },
    { span: subscription ? memberSpan(json, RESULT_SUBSCRIPTION) : undefined, by: id },
  ]);
}

/** The child's notification with the client's names in the places where ours can be. */
export function notificationToClient({ text }: ChildLine, { id, token }: ClientNames): string {
  const json = text.toString();
  return replaceSpans(json, [
    { span: memberSpan(json, SUBSCRIPTION), by: id },
    { span: memberSpan(json, ['params', 'requestId']), by: id },
    { span: memberSpan(json, ['params', 'progressToken']), by: token ?? 'null' },
  ]);
}
