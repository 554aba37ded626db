import { spread } from './statistics.ts';
import type { Ledger, Measure } from './ledger.ts';
import type { Spread } from './statistics.ts';
import type { Verdict } from './target.ts';

type Row = readonly string[];

/** A Markdown table; the first column is text, the others are numbers. */
export function markdownTable(header: Row, rows: readonly Row[]): string {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A number as people read it: three significant digits, thousands apart. */
export function readable(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits }).replaceAll(',', ' ');
}

/** A median with its range, if it has one. */
function readableSpread({ median, min, max }: Spread): string {
  const text = readable(median);
  return min === max ? text : `${text} (${readable(min)}–${readable(max)})`;
}

const LOAD_COLUMNS = {
  rate: 'calls/s',
  p50: 'p50 ms',
  p95: 'p95 ms',
  p99: 'p99 ms',
  cpu: 'CPU µs/call',
};

/** What closed loops reached: a row for each subject of each scenario. */
export function loadTable(
  ledger: Ledger,
  scenarios: readonly string[],
  subjects: readonly string[],
): string {
  const rows = scenarios.flatMap((scenario) =>
    subjects.flatMap((subject) => {
      const cells = Object.keys(LOAD_COLUMNS).map((metric) =>
        cell(ledger, { scenario, subject, metric }),
      );
      return cells.every((text) => text === '') ? [] : [[scenario, subject, ...cells]];
    }),
  );
  return markdownTable(['scenario', 'subject', ...Object.values(LOAD_COLUMNS)], rows);
}

/** A measure that is compared across subjects. */
export interface Compared {
  readonly title: string;
  readonly scenario: string;
  readonly metric: string;
}

/** One row for each measure, one column for each subject. */
export function comparisonTable(
  ledger: Ledger,
  compared: readonly Compared[],
  subjects: readonly string[],
): string {
  const rows = compared.map(({ title, ...measure }) => [
    title,
    ...subjects.map((subject) => cell(ledger, { ...measure, subject })),
  ]);
  return markdownTable(['', ...subjects], rows);
}

/** The median and range of a measure, `fails` where the subject failed before, nothing where it was not measured. */
function cell(ledger: Ledger, measure: Measure): string {
  const values = ledger.values(measure);
  if (values.length > 0) return readableSpread(spread(values));
  return ledger.failure(measure.scenario, measure.subject) === undefined ? '' : 'fails';
}

/** Every target with what was reached. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ target, reached, met }) => [
    target.name,
    `${'atLeast' in target.limit ? `≥ ${readable(target.limit.atLeast)}` : `≤ ${readable(target.limit.atMost)}`} ${target.unit}`,
    reached ? readableSpread(reached) : 'not measured',
    met ? 'met' : '**missed**',
  ]);
  return markdownTable(['target', 'limit', 'reached', ''], rows);
}
