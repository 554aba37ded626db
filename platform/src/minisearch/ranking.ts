import { LRUCache } from 'lru-cache';
import MiniSearch from 'minisearch';
import type { SearchText } from '@mcp-gateway/core/domain/search-text';
import type { Ranking } from '@mcp-gateway/core/ports/ranking';

const KEPT_INDEXES = 50;
/** Each word costs a walk through the index, and a thousand characters can be five hundred words. */
const MOST_WORDS = 20;

interface Document {
  readonly id: number;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: string;
}

/** Ranks by words in names, titles, descriptions and parameters; beginnings of words and slips of the pen count as well. */
export function wordRanking(): Ranking {
  const indexes = new LRUCache<string, MiniSearch<Document>>({ max: KEPT_INDEXES });
  return (texts, words) => {
    const key = JSON.stringify(texts);
    const index = indexes.get(key) ?? indexOf(texts);
    indexes.set(key, index);
    return index
      .search(words)
      .map(({ id, score }) => ({ position: Number(id), score }))
      .sort((a, b) => b.score - a.score || a.position - b.position)
      .map(({ position }) => position);
  };
}

function indexOf(texts: readonly SearchText[]): MiniSearch<Document> {
  const index = new MiniSearch<Document>({
    fields: ['name', 'title', 'description', 'parameters'],
    searchOptions: {
      boost: { name: 3, title: 2 },
      prefix: true,
      fuzzy: 0.2,
      combineWith: 'OR',
      tokenize: (text) => wordsOf(text).slice(0, MOST_WORDS),
    },
  });
  index.addAll(texts.map(document));
  return index;
}

const split = MiniSearch.getDefault('tokenize') as (text: string) => string[]; // its type is that of any option

const wordsOf = (text: string): string[] => [...new Set(split(text.toLowerCase()))].filter(Boolean);

function document(text: SearchText, id: number): Document {
  const { name, title = '', description = '', parameters = [] } = text;
  return { id, name: parts(name), title, description, parameters: parts(parameters.join(' ')) };
}

/** `getWeatherFor_city` has four words; as it is it stays findable, too. */
const parts = (name: string): string =>
  `${name} ${name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_.-]+/g, ' ')}`;
