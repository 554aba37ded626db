import type { SearchText } from '../domain/search-text.ts';

/** Positions of those among `texts` that the words find, best first; equal texts and words give equal answers. */
export type Ranking = (texts: readonly SearchText[], words: string) => readonly number[];
