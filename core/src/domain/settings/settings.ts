import * as z from 'zod';

/** All that is wrong with a service's environment, one line a mistake; never contains a value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** Reads the settings of a service from its environment; an empty value counts as absent. Throws `SettingsError`. */
export function parseSettings<T extends z.ZodType>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<T> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new SettingsError(
    result.error.issues
      .map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '))
      .join('\n'),
  );
}

/** One line per setting: name, meaning, default. */
export function describeSettings(shape: Shape): string {
  const width = Math.max(...Object.keys(shape).map((name) => name.length)) + 2;
  return Object.entries(shape)
    .map(
      ([name, schema]) => `  ${name.padEnd(width)}${schema.description ?? ''}${defaultOf(schema)}`,
    )
    .join('\n');
}

/** Written as it would be set. */
function defaultOf(schema: z.ZodType): string {
  const { data } = schema.safeParse(undefined);
  const text = Array.isArray(data) ? data.join() : (data ?? '');
  return text === '' ? '' : ` [${text as string | number}]`; // defaults are of no other type
}

/** A whole number in an environment variable. */
export function wholeNumber(minimum: number, maximum: number): z.ZodType<number, string> {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, message);
}

/** A list in an environment variable, its items separated by commas. */
export const commaList: z.ZodType<readonly string[], string> = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
