import * as pulumi from '@pulumi/pulumi';

/** Marks the place of a value that is not known yet; no text that people write has it. */
const MARK = '\u{f8ff}';
const PLACE = new RegExp(`${MARK}(\\w+)${MARK}`, 'u');

/**
 * Lets a pure function build objects from texts of which some are known only after others were made: the function gets
 * a stand-in for each, and in what it returns the stand-ins become the values. So previews show the objects' whole
 * shape, with only those values unknown.
 */
export function lifted<Name extends string, T>(
  later: Readonly<Record<Name, pulumi.Input<string>>>,
  build: (standIns: Readonly<Record<Name, string>>) => T,
): pulumi.Input<T> {
  const names = Object.keys(later) as Name[]; // the keys of that record
  const standIns = Object.fromEntries(names.map((name) => [name, `${MARK}${name}${MARK}`]));
  const values: Readonly<Record<string, pulumi.Input<string>>> = later;
  return replaced(build(standIns as Record<Name, string>), values) as pulumi.Input<T>; // the same shape
}

function replaced(value: unknown, later: Readonly<Record<string, pulumi.Input<string>>>): unknown {
  if (typeof value === 'string') return filled(value, later);
  if (Array.isArray(value)) return value.map((item) => replaced(item, later));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaced(item, later)]),
  );
}

function filled(
  text: string,
  later: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Input<string> {
  const parts = text.split(PLACE); // every second part is the name of a value
  if (parts.length === 1) return text;
  return pulumi.concat(
    ...parts.map((part, index) => (index % 2 === 0 ? part : (later[part] ?? ''))),
  );
}
