import { z } from 'zod';

/** The words by which somebody looks for something. */
export const SearchWords = z
  .string({ error: 'must be one text' })
  .trim()
  .min(1, 'must not be empty')
  .max(1000, 'must have at most 1000 characters');

/** What something is found by. */
export interface SearchText {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Names of what it takes. */
  readonly parameters?: readonly string[] | undefined;
}

/** A tool as far as it says what it is. */
interface DescribedTool extends Omit<SearchText, 'parameters'> {
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** What a tool is found by, wherever somebody looks for it. */
export function toolText({ name, title, description, inputSchema }: DescribedTool): SearchText {
  const { properties } = inputSchema;
  const isObject = typeof properties === 'object' && properties !== null;
  return { name, title, description, parameters: isObject ? Object.keys(properties) : [] };
}
