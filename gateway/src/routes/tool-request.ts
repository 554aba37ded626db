import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FieldError } from '@mcp-gateway/core/domain/errors';
import { ToolRequest } from '@mcp-gateway/core/domain/tool';

const SCHEMAS = ['inputSchema', 'outputSchema'] as const;
const OPTIONS = { allErrors: true, strict: false, validateFormats: false, logger: false } as const;

/** The dialects that schemas may name; the first is meant where they name none, as in MCP. */
const DIALECTS = {
  'https://json-schema.org/draft/2020-12/schema': { maker: Ajv2020, meta: new Ajv2020(OPTIONS) },
  'http://json-schema.org/draft-07/schema': { maker: Ajv, meta: new Ajv(OPTIONS) },
} as const;
const [DEFAULT_DIALECT] = Object.keys(DIALECTS) as [keyof typeof DIALECTS];

/** The body of a request to create or replace a tool, its schemas among what is checked. */
export const CheckedToolRequest = ToolRequest.superRefine(({ toolDefinition }, context) => {
  for (const member of SCHEMAS) {
    const schema = toolDefinition.tool[member];
    if (schema === undefined) continue;
    for (const { path, message } of mistakesIn(schema)) {
      const full = ['toolDefinition', 'tool', member, ...path.split('/').slice(1)];
      context.addIssue({ code: 'custom', path: full, message });
    }
  }
});

/** Why nothing can be checked by `schema`, each with a JSON pointer; empty when something can. */
function mistakesIn(schema: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const { $schema, ...plain } = schema;
  const dialect = dialectOf($schema);
  if (dialect === undefined) {
    const message = `must be one of ${Object.keys(DIALECTS).join(', ')}`;
    return [{ path: '/$schema', message }];
  }
  const { maker, meta } = DIALECTS[dialect];
  if ('$async' in schema) return [{ path: '/$async', message: 'is not a word of JSON Schema' }];
  if (meta.validateSchema(plain) !== true) return told(meta.errors);
  try {
    // A maker of its own for each, for it remembers what it has compiled, and by which names.
    new maker({ ...OPTIONS, validateSchema: false }).compile(schema);
    return [];
  } catch (error) {
    return [{ path: '', message: error instanceof Error ? error.message : 'cannot be compiled' }];
  }
}

function dialectOf(named: unknown): keyof typeof DIALECTS | undefined {
  if (named === undefined) return DEFAULT_DIALECT;
  return (Object.keys(DIALECTS) as (keyof typeof DIALECTS)[]).find(
    (dialect) => typeof named === 'string' && dialect === named.replace(/#$/, ''),
  );
}

function told(errors: readonly ErrorObject[] | null | undefined): readonly FieldError[] {
  return (errors ?? []).map(({ instancePath: path, message = 'is not valid' }) => ({
    path,
    message,
  }));
}
