import { createHash } from 'node:crypto';

export type Thing = Record<string, unknown>;

/** Builds an image in a registry, and gives its digest. */
export type BuildImage = (asked: {
  /** With its tag. */
  readonly image: string;
  readonly dockerfile: string;
}) => Promise<string>;

/** What there is, by id, and what shall go wrong, by the words of the command. */
export interface Cloud {
  readonly things: Record<string, Thing>;
  readonly faults: { command: string; times: number; message: string }[];
}

export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
export const TENANT = '22222222-2222-2222-2222-222222222222';

/** Says the same digest for the same name, and builds nothing. */
export const buildOnPaper: BuildImage = ({ image }) =>
  Promise.resolve(`sha256:${createHash('sha256').update(image).digest('hex')}`);

/** The same GUID for the same words. */
export function guid(...words: readonly string[]): string {
  const digits = createHash('sha256').update(words.join('\n')).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/** What there is whose id begins like this. */
export const all = (prefix: string, { things }: Cloud): readonly Thing[] =>
  Object.entries(things).flatMap(([id, thing]) => (id.startsWith(prefix) ? [thing] : []));
