import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { evaluate, type Names } from './expression.ts';

/** A node of a pipeline after its templates have been put in. */
export type Node = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly values?: readonly unknown[];
}

const LISTS = ['stages', 'jobs', 'steps', 'variables'] as const;
const EXPRESSION = /\$\{\{\s*(.+?)\s*\}\}/g;
const DIRECTIVE = /^\$\{\{\s*(if|each|else)\b\s*(.*?)\s*\}\}$/;

/** A pipeline as the server sees it: all templates put in, all `${{ }}` evaluated. Throws where the server would refuse. */
export function expandPipeline(file: string, given: Names = {}): Node {
  const document = read(file);
  const names = { parameters: parametersOf(file, document, given) };
  return expand({ ...document, parameters: undefined }, names, file) as Node;
}

function read(file: string): Node {
  return parse(readFileSync(file, 'utf8')) as Node;
}

function parametersOf(file: string, document: Node, given: Names): Names {
  const declared = (document.parameters ?? []) as readonly Parameter[];
  const unknown = Object.keys(given).filter((name) => !declared.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`${file} has no parameter ${unknown.join(', ')}`);
  return Object.fromEntries(declared.map((one) => [one.name, valueOf(file, one, given)]));
}

function valueOf(file: string, parameter: Parameter, given: Names): unknown {
  const { name, type = 'string', values } = parameter;
  const value = given[name] ?? parameter.default;
  if (value === undefined) throw new Error(`${file} needs the parameter ${name}`);
  const actual = typeof value === 'number' ? 'string' : typeof value;
  if (actual !== type)
    throw new Error(`${file}: ${name} is a ${type}, not ${JSON.stringify(value)}`);
  if (values?.includes(value) === false) throw new Error(`${file}: ${name} cannot be ${JSON.stringify(value)}`); // prettier-ignore
  return value;
}

function expand(node: unknown, names: Names, file: string): unknown {
  if (typeof node === 'string') return text(node, names);
  if (Array.isArray(node)) return node.flatMap((item) => items(item, names, file));
  if (typeof node === 'object' && node !== null) return mapping(node as Node, names, file);
  return node;
}

/** A whole expression keeps its type; within other text it becomes text. */
function text(value: string, names: Names): unknown {
  const whole = /^\$\{\{\s*([^}]+?)\s*\}\}$/.exec(value)?.[1];
  if (whole !== undefined) return evaluate(whole, names);
  return value.replace(EXPRESSION, (_, inner: string) => String(evaluate(inner, names)));
}

/** An entry of a list may be a condition, a loop, or a template, and so several entries or none. */
function items(item: unknown, names: Names, file: string): readonly unknown[] {
  if (typeof item !== 'object' || item === null) return [expand(item, names, file)];
  const [key = '', ...others] = Object.keys(item);
  const directive = others.length === 0 ? DIRECTIVE.exec(key) : null;
  if (directive !== null) {
    const body = (item as Node)[key];
    return branches(directive, names).flatMap((inner) => expand(body, inner, file) as unknown[]);
  }
  if ('template' in item) return template(item, names, file);
  return [expand(item, names, file)];
}

function branches([, kind, rest = '']: RegExpExecArray, names: Names): readonly Names[] {
  if (kind === 'if') return evaluate(rest, names) === true ? [names] : [];
  const [, name = '', , path = ''] = /^(\w+) (in) (.+)$/.exec(rest) ?? [];
  const over = evaluate(path, names);
  const values = Array.isArray(over)
    ? (over as unknown[])
    : Object.entries(over as Node).map(([key, value]) => ({ key, value }));
  return values.map((value) => ({ ...names, [name]: value }));
}

function template(item: Node, names: Names, file: string): readonly unknown[] {
  const path = join(dirname(file), String(item.template));
  const document = read(path);
  const given = expand(item.parameters ?? {}, names, file) as Names;
  const inner = { parameters: parametersOf(path, document, given) };
  const list = LISTS.find((name) => name in document);
  if (list === undefined) throw new Error(`${path} is no template`);
  return asList(expand(document[list], inner, path));
}

/** Variables may be written as a mapping. */
function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return Object.entries(value as Node).map(([name, each]) => ({ name, value: each }));
}

function mapping(node: Node, names: Names, file: string): Node {
  const pairs = Object.entries(node).flatMap(([key, value]): [string, unknown][] => {
    const directive = DIRECTIVE.exec(key);
    if (directive === null) return [[String(text(key, names)), expand(value, names, file)]];
    return branches(directive, names).flatMap((inner) =>
      Object.entries(expand(value, inner, file) as Node),
    );
  });
  return Object.fromEntries(pairs);
}
