import { PROFILES, type Settings } from './profiles.ts';
import { mistakesTogether } from './rules.ts';
import { Given, secretSettings } from './settings.ts';

/** All that is wrong with a stack's settings, one line a mistake; never contains a value. */
class StackSettingsError extends Error {
  override readonly name = 'StackSettingsError';
}

/** Where a stack keeps its settings; text by name, and which of them are encrypted. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly encrypted: (name: string) => boolean;
}

/** The settings of a stack, complete and frozen. Throws `StackSettingsError` that names all mistakes at once. */
export function stackSettings({ values, encrypted }: StackConfig): Settings {
  const mistakes = secretSettings(values)
    .filter((name) => !encrypted(name))
    .map((name) => `${name}: must be set with --secret`);
  const { given, wrong } = readEach(values);
  mistakes.push(...wrong.flatMap(({ lines }) => lines));
  const settings = { ...PROFILES[given.profile ?? 'dev'], ...given } as Settings; // complete when nothing is wrong
  mistakes.push(...mistakesTogether(settings, new Set(wrong.map(({ name }) => name))));
  if (mistakes.length === 0) return Object.freeze(settings);
  throw new StackSettingsError(`The stack's settings are wrong:\n${mistakes.join('\n')}`);
}

const NEEDED = new Set(['profile', 'label', 'location']);

interface WrongSetting {
  readonly name: string;
  readonly lines: readonly string[];
}

/** One by one, so that a wrong one does not hide the others. */
function readEach(values: StackConfig['values']) {
  const wrong: WrongSetting[] = Object.keys(values)
    .filter((name) => !Object.hasOwn(Given.shape, name))
    .map((name) => ({ name, lines: [`${name}: is no setting`] }));
  const given: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(Given.shape)) {
    if (values[name] === undefined && !NEEDED.has(name)) continue;
    const { success, data, error } = schema.safeParse(values[name]);
    if (success) given[name] = data;
    else wrong.push({ name, lines: linesOf(name, error.issues) });
  }
  return { given: given as Partial<Given>, wrong }; // each read by its own schema
}

function linesOf(
  name: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string[] {
  return issues.map(({ path, message }) => `${[name, ...path.map(String)].join('.')}: ${message}`);
}
