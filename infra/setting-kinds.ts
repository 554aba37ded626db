import { z } from 'zod';
import { addressBlock } from './address-plan.ts';

// Pulumi keeps every setting as text: numbers and truth as words, lists and objects as JSON.

/** A whole number. */
export function whole(minimum: number, maximum: number): z.ZodType<number, string> {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,7}$/, message)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, message);
}

/** True or false. */
export const onOff: z.ZodType<boolean, string> = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true');

/** A list or an object; `what` says in the message what it should have been. */
export function json<T extends z.ZodType>(schema: T, what: string) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: `must be ${what}` });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** A block of IPv4 addresses whose size is within limits. */
export function addressRange(fewestBits: number, mostBits: number): z.ZodType<string, string> {
  return z.string().superRefine((text, context) => {
    const message = mistakeIn(text, fewestBits, mostBits);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function mistakeIn(text: string, fewestBits: number, mostBits: number): string | undefined {
  try {
    const { bits } = addressBlock(text);
    const fits = bits >= fewestBits && bits <= mostBits;
    return fits ? undefined : `must be from /${fewestBits} to /${mostBits} in size`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
