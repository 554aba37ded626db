import type { BuildImage, Cloud } from './cloud.ts';

export type Options = Readonly<Record<string, readonly string[]>>;

/** A command of az: the options that it has, those that it needs, and what it answers. */
export interface Command {
  readonly needs: readonly string[];
  readonly may?: readonly string[];
  readonly writes?: true;
  readonly run: (options: Options, cloud: Cloud, build: BuildImage) => unknown;
}

/** The value of an option that has one. */
export const one = (options: Options, name: string): string => options[name]?.[0] ?? '';
