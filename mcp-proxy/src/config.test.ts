import { describe, expect, test } from '@jest/globals';
import { loadConfig } from './config.ts';

describe('the configuration', () => {
  test('of a child is its command, its words and an environment without what is for the bridge alone', () => {
    const config = loadConfig({
      MCP_COMMAND: 'npx',
      MCP_ARGS: '-y "a b"',
      MCP_POOL: '3',
      MCP_PROXY_HEADERS: '{}',
      MCP_THEIRS: 'kept',
      TOKEN: 't',
    });
    expect(config.backend).toEqual({ kind: 'command', command: 'npx', args: ['-y', 'a b'] });
    expect(config.settings.MCP_POOL).toBe(3);
    expect(config.environment).toEqual({ MCP_THEIRS: 'kept', TOKEN: 't' });
  });

  test('of a remote server is its URL, with a single label as well, and its headers', () => {
    const { backend } = loadConfig({
      MCP_PROXY_URL: 'http://weather:8080/mcp?a=b',
      MCP_PROXY_HEADERS: '{"Authorization":"Bearer x"}',
    });
    expect(backend).toEqual({
      kind: 'remote',
      url: new URL('http://weather:8080/mcp?a=b'),
      headers: { Authorization: 'Bearer x' },
    });
  });

  test.each([
    [{}, /^MCP_COMMAND: give/],
    [{ MCP_COMMAND: '  ' }, /^MCP_COMMAND: give/],
    [{ MCP_COMMAND: 'a', MCP_PROXY_URL: 'http://b' }, /^MCP_PROXY_URL: give either/],
    [{ MCP_COMMAND: 'a', MCP_ARGS: "'secret" }, /^MCP_ARGS: must be shell words/],
    [{ MCP_COMMAND: 'a\nsecret' }, /^MCP_COMMAND: argument 1 has/],
    [{ MCP_PROXY_URL: 'ftp://secret' }, /^MCP_PROXY_URL: must be an http or https URL/],
    [{ MCP_PROXY_URL: 'file:///secret' }, /^MCP_PROXY_URL: must be an http/],
    [{ MCP_PROXY_URL: 'secret' }, /^MCP_PROXY_URL: must be an http/],
    [{ MCP_PROXY_URL: 'http://user:secret@host' }, /^MCP_PROXY_URL: must hold no credentials/],
    [
      { MCP_PROXY_URL: 'http://a', MCP_PROXY_HEADERS: '{"a":"secret' },
      /^MCP_PROXY_HEADERS: must be a JSON/,
    ],
    [
      { MCP_PROXY_URL: 'http://a', MCP_PROXY_HEADERS: '{"a":1}' },
      /^MCP_PROXY_HEADERS: must be a JSON/,
    ],
    [
      { MCP_PROXY_URL: 'http://a', MCP_PROXY_HEADERS: '{"a b":"secret"}' },
      /^MCP_PROXY_HEADERS: has a name/,
    ],
    [
      { MCP_PROXY_URL: 'http://a', MCP_PROXY_HEADERS: '{"a":"secret\\n"}' },
      /^MCP_PROXY_HEADERS: a has/,
    ],
    [{ MCP_COMMAND: 'a', PORT: 'secret', MCP_POOL: '-1' }, /MCP_POOL: must be.*\n.*PORT: must be/],
  ])('%j is refused, its values unsaid', (environment, message) => {
    expect(() => loadConfig(environment)).toThrow(message);
    expect(() => loadConfig(environment)).not.toThrow(/secret/);
  });
});
