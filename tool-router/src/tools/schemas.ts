import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { boundedRun, wasBrokenOff } from './bounded-run.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Checks values against JSON Schemas, each compiled once for as long as somebody holds it. */
export interface Schemas {
  /** What is wrong with `value`, in words for its author; `undefined` when nothing is. */
  readonly complaint: (schema: JsonSchema, value: unknown) => string | undefined;
}

const COMPILE_MS = 2000;
const CHECK_MS = 500;
const MOST_COMPLAINTS = 5;
const TOO_LONG = 'takes too long to check';

/** What can take more than linear time; without these a check needs no watch. */
const COSTLY =
  /"(pattern|patternProperties|uniqueItems|\$ref|\$dynamicRef|\$recursiveRef|contains)":/;

/** Formats say what a text means and are not checked (2020-12 section 7.2.1); references lead nowhere but into the schema. */
const OPTIONS: Options = { strict: false, validateFormats: false, logger: false };

/** Whoever could name a schema like a dialect's own would have it removed for all others. */
const DIALECTS_OWN = /^https?:\/\/json-schema\.org\//;

type Check = (value: unknown) => string | undefined;

/** Knows the dialects 2020-12 (also where none is named), 2019-09 and draft-07. */
export function schemas(): Schemas {
  const dialects = dialectsOf();
  const compiled = new WeakMap<JsonSchema, Check>();
  return {
    complaint: (schema, value) => {
      const known = compiled.get(schema);
      if (known !== undefined) return known(value);
      const check = compile(schema, dialects);
      if (check === undefined) return TOO_LONG; // a busy moment is no reason to refuse it for ever
      compiled.set(schema, check);
      return check(value);
    },
  };
}

type Dialect = Pick<Ajv, 'compile' | 'removeSchema' | 'validateSchema'>;

/** Older dialects are made when the first schema wants them. */
function dialectsOf(): (schema: JsonSchema) => Dialect {
  const newest = ready(new Ajv2020(OPTIONS));
  let ajv2019: Dialect | undefined;
  let draft07: Dialect | undefined;
  return ({ $schema }) => {
    const named = typeof $schema === 'string' ? $schema : '';
    if (named.includes('draft-07')) return (draft07 ??= ready(new Ajv(OPTIONS)));
    return named.includes('2019-09') ? (ajv2019 ??= ready(new Ajv2019(OPTIONS))) : newest;
  };
}

/** Compiles the dialect's own schema, which is large, so that no tool's schema is charged for it. */
function ready(dialect: Dialect): Dialect {
  void dialect.validateSchema({});
  return dialect;
}

/** `undefined` when it takes too long. */
function compile(
  schema: JsonSchema,
  dialectOf: (schema: JsonSchema) => Dialect,
): Check | undefined {
  const unusable = (): string => 'cannot be checked, since the schema itself is not valid';
  if (typeof schema.$id === 'string' && DIALECTS_OWN.test(schema.$id)) return unusable;
  const ajv = dialectOf(schema);
  try {
    const validate = boundedRun(COMPILE_MS, () => ajv.compile(schema));
    return checkBy(validate, COSTLY.test(JSON.stringify(schema)));
  } catch (error) {
    return wasBrokenOff(error) ? undefined : unusable;
  } finally {
    ajv.removeSchema(schema); // or it would hold each version of each tool for ever
  }
}

function checkBy(validate: ValidateFunction, costly: boolean): Check {
  return (value) => {
    try {
      const valid = costly ? boundedRun(CHECK_MS, () => validate(value)) : validate(value);
      return valid ? undefined : words(validate.errors ?? []);
    } catch (error) {
      // A value can be nested so deeply that a recursive schema exhausts the stack.
      if (!wasBrokenOff(error) && !(error instanceof RangeError)) throw error;
      return TOO_LONG;
    }
  };
}

function words(errors: readonly ErrorObject[]): string {
  const shown = errors.slice(0, MOST_COMPLAINTS).map(({ instancePath, message, params }) => {
    const extra =
      'additionalProperty' in params
        ? ` ('${String(params.additionalProperty).slice(0, 100)}')`
        : '';
    return `${instancePath.slice(0, 200)} ${message ?? 'is wrong'}${extra}`.trim();
  });
  return shown.join('; ');
}
