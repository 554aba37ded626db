import { z } from 'zod';
import { json } from './setting-kinds.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

/** Settings of a service as a stack gives them: environment variables by name, whose values the service would take. */
export function serviceSettings(
  shape: Shape,
  decided: readonly string[],
): z.ZodType<Readonly<Record<string, string>>, string> {
  const names = z.record(z.string(), z.string());
  const checked = names.superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      const message = mistake(shape, decided, name, value);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
    }
  });
  return json(checked, 'an object of texts');
}

function mistake(
  shape: Shape,
  decided: readonly string[],
  name: string,
  value: string,
): string | undefined {
  const schema = shape[name];
  if (schema === undefined) return 'is no setting of this service';
  if (decided.includes(name)) return 'is decided by the deployment';
  const { error } = schema.safeParse(value);
  return error?.issues.map(({ message }) => message).join(', ');
}

/** The names of a service's settings whose values nobody may see. */
export function secretNames(shape: Shape): readonly string[] {
  return Object.entries(shape)
    .filter(([, schema]) => schema.meta()?.secret === true)
    .map(([name]) => name);
}
