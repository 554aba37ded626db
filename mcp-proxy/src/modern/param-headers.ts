import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../http/answer.ts';
import { isRecord } from '../json/message.ts';
import { mismatch } from './envelope.ts';
import { headerText } from '@mcp-gateway/core/domain/header-text';

/** An argument that a header must repeat. */
export interface ParamHeader {
  /** Lower case, such as `mcp-param-region`. */
  readonly header: string;
  readonly path: readonly string[];
  readonly numeric: boolean;
}

const ANNOTATION = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRIMITIVE = new Set(['string', 'integer', 'boolean', 'number']);
const MAX_DEPTH = 32;

/** The annotated arguments of a tool's `inputSchema`; those reached by `properties` alone count (MCP 2026-07-28 tools). */
export function paramHeaders(
  schema: unknown,
  path: readonly string[] = [],
): readonly ParamHeader[] {
  if (!isRecord(schema) || path.length > MAX_DEPTH) return [];
  const inner = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
  return [
    ...annotated(schema, path),
    ...inner.flatMap(([name, property]) => paramHeaders(property, [...path, name])),
  ];
}

function annotated(
  schema: Readonly<Record<string, unknown>>,
  path: readonly string[],
): readonly ParamHeader[] {
  const { [ANNOTATION]: name, type } = schema;
  if (path.length === 0 || typeof name !== 'string' || !TOKEN.test(name)) return [];
  if (typeof type !== 'string' || !PRIMITIVE.has(type)) return [];
  const numeric = type === 'integer' || type === 'number';
  return [{ header: `mcp-param-${name.toLowerCase()}`, path, numeric }];
}

/** What is wrong with the headers that repeat arguments: one is absent, malformed, or says something else. */
export function paramRefusal(
  declared: readonly ParamHeader[],
  args: unknown,
  headers: IncomingHttpHeaders,
): Refusal | undefined {
  for (const { header, path, numeric } of declared) {
    const expected = textOf(valueAt(args, path));
    if (expected === undefined) continue;
    const given = headers[header];
    if (typeof given !== 'string')
      return mismatch(`${header} is required: it repeats ${path.join('.')}`);
    const text = headerText(given);
    if (text === undefined) return mismatch(`${header} is malformed base64`);
    if (!same(text, expected, numeric)) return mismatch(`${header} differs from ${path.join('.')}`);
  }
  return undefined;
}

function same(text: string, expected: string, numeric: boolean): boolean {
  if (text === expected) return true;
  return numeric && /^-?\d+(\.\d+)?$/.test(text) && Number(text) === Number(expected);
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  let value = args;
  for (const name of path) value = isRecord(value) ? value[name] : undefined;
  return value;
}

/** Absent for values that have no form in a header. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}
