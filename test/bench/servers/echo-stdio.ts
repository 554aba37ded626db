// A tiny MCP server on stdio, without an SDK: as cheap as a server can be, so that what is measured is the bridge.
import { exampleTools } from './example-tools.ts';

const TOOLS = JSON.stringify(exampleTools());
const INITIALIZED =
  '{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"echo","version":"1.0.0"}}';

interface Request {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly message?: string; readonly bytes?: number };
  };
}

const big = new Map<number, string>();
let pieces: string[] = [];

process.stdin.setEncoding('utf8');
process.stdin.on('data', (text: string) => {
  const end = text.lastIndexOf('\n');
  if (end < 0) {
    pieces.push(text);
    return;
  }
  const lines = (pieces.join('') + text.slice(0, end)).split('\n');
  pieces = [text.slice(end + 1)];
  let answers = '';
  for (const line of lines) answers += answer(line);
  if (answers !== '') process.stdout.write(answers);
});
process.stdin.on('end', () => process.exit(0));

function answer(line: string): string {
  if (line === '') return '';
  const request = JSON.parse(line) as Request; // from a bridge under test; wrong input may end us
  if (request.id === undefined) return '';
  const result = resultOf(request);
  const id = JSON.stringify(request.id);
  if (result === undefined) {
    return `{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"Method not found"}}\n`;
  }
  return result === '' ? '' : `{"result":${result},"jsonrpc":"2.0","id":${id}}\n`;
}

function resultOf({ method, params }: Request): string | undefined {
  switch (method) {
    case 'initialize':
      return INITIALIZED;
    case 'ping':
      return '{}';
    case 'tools/list':
      return `{"tools":${TOOLS}}`;
    case 'tools/call':
      return callOf(params);
    default:
      return undefined;
  }
}

function callOf(params: Request['params']): string | undefined {
  const { message = '', bytes = 0 } = params?.arguments ?? {};
  switch (params?.name ?? '') {
    case 'echo':
      return text(JSON.stringify(message));
    case 'size':
      return text(`"${message.length}"`);
    case 'big':
      if (!big.has(bytes)) big.set(bytes, text(`"${'x'.repeat(bytes)}"`));
      return big.get(bytes);
    case 'pid':
      return text(`"${process.pid}"`);
    case 'silent':
      return '';
    default:
      return undefined;
  }
}

function text(json: string): string {
  return `{"content":[{"type":"text","text":${json}}]}`;
}
