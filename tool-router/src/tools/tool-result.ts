import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Schemas } from './schemas.ts';
import type { ToolEntry } from './tool-entry.ts';

/** What a tool's server has answered, read to its end. */
export interface ToolAnswer {
  readonly status: number;
  /** Media type without parameters, lower case, empty when there is none. */
  readonly type: string;
  /** How the body is packed, where it is. */
  readonly encoding?: string | undefined;
  readonly body: Uint8Array;
}

const MAX_PIECE = 2000;
const MAX_TYPE = 100;

/** The result of a call from what the server has answered; what is no good answer is a result that says so. */
export function toolResult(tool: ToolEntry, answer: ToolAnswer, schemas: Schemas): CallToolResult {
  const { status, type } = answer;
  const text = textOf(answer.body);
  if (status >= 300 && status < 400) {
    return failure(
      `The tool answered ${status} to send the call elsewhere, which is not followed.`,
    );
  }
  if (status < 200 || status >= 300) return failure(`The tool answered ${status}.`, text);
  if (answer.encoding !== undefined) {
    return failure(`The tool answered ${shown(type)} that is packed, which was not asked for.`);
  }
  if (text === undefined) {
    return failure(`The tool answered ${shown(type)} that is no text in UTF-8.`);
  }
  return tool.outputSchema === undefined
    ? { content: [{ type: 'text', text }] }
    : structured(tool.outputSchema, { type, text }, schemas);
}

/** A result for a call that has failed; `piece` is shown as far as it is short. */
export function failure(why: string, piece = ''): CallToolResult {
  const shownPiece = piece.length > MAX_PIECE ? `${piece.slice(0, MAX_PIECE)}…` : piece;
  const text = shownPiece === '' ? why : `${why}\n\n${shownPiece}`;
  return { isError: true, content: [{ type: 'text', text: text.toWellFormed() }] };
}

/** A tool that promises a structure must keep to it (MCP, tools, output schema), or its clients refuse the result. */
function structured(
  schema: NonNullable<ToolEntry['outputSchema']>,
  { type, text }: { readonly type: string; readonly text: string },
  schemas: Schemas,
): CallToolResult {
  if (!isJson(type)) {
    return failure(`The tool promises JSON and answered ${shown(type)}.`, text);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failure('The tool answered with what it calls JSON and is not.', text);
  }
  const complaint = schemas.complaint(schema, value);
  if (complaint !== undefined) {
    return failure(
      `The answer of the tool is not what its outputSchema promises: ${complaint}`,
      text,
    );
  }
  return { content: [{ type: 'text', text }], structuredContent: value }; // prettier-ignore
}

const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');

const shown = (type: string): string =>
  type === '' ? 'without saying its type' : `with ${type.slice(0, MAX_TYPE)}`;

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}
