/** A string, with the colon that makes it a name, or where an object begins and ends. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gs;

/** True when no object in `json`, which must be well-formed, has two members of one name (RFC 8259 section 4). */
export function hasUniqueNames(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [text, colon] of json.matchAll(TOKEN)) {
    if (text === '{') open.push(new Set());
    else if (text === '}') open.pop();
    else if (colon !== undefined) {
      const name = String(JSON.parse(text.slice(0, -colon.length)));
      const names = open.at(-1);
      if (names?.has(name) === true) return false;
      names?.add(name);
    }
  }
  return true;
}
