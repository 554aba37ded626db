import { stripVTControlCharacters } from 'node:util';
import type { Log } from '@mcp-gateway/core/ports/log';
import { lineFramer } from './lines.ts';
import { rateLimit } from './rate-limit.ts';

const MAX_TEXT = 2000;

/** What a child says beside the protocol goes to the log, in lines, at a bounded rate. */
export interface ChildLog {
  readonly stderr: (chunk: Buffer) => void;
  readonly stderrEnd: () => void;
  /** A line on stdout that is no JSON-RPC message. */
  readonly garbage: (line: Buffer) => void;
  readonly lastLine: () => string | undefined;
  /** Names the session for the lines that follow. */
  readonly label: (fields: object) => void;
}

/** A log of one child, `fields` on each entry. */
export function childLog(log: Log, fields: object): ChildLog {
  const mayPass = rateLimit(50, 200);
  let labels = fields;
  let suppressed = 0;
  let last: string | undefined;

  const write = (level: 'info' | 'warn', text: string, message: string): void => {
    if (!mayPass()) {
      suppressed += 1;
      return;
    }
    log[level]({ ...labels, text, ...(suppressed > 0 && { suppressed }) }, message);
    suppressed = 0;
  };
  const stderrLine = (line: Buffer): void => {
    last = printable(line);
    write('info', last, 'server stderr');
  };
  const framer = lineFramer(16 * 1024, {
    line: stderrLine,
    overflow: stderrLine,
    unfinished: stderrLine,
  });

  return {
    stderr: framer.push,
    stderrEnd: framer.end,
    garbage: (line) => write('warn', printable(line), 'server wrote no JSON-RPC to stdout'),
    lastLine: () => last,
    label: (more) => {
      labels = { ...fields, ...more };
    },
  };
}

function printable(line: Buffer): string {
  const text = stripVTControlCharacters(line.toString('utf8', 0, 4 * MAX_TEXT)).replace(
    /\p{Cc}/gu,
    ' ',
  );
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
