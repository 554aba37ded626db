const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/** The same JSON without a raw line break; in JSON one can only be white space, since strings must escape it. */
export function oneLine(json: Buffer): Buffer {
  if (!json.includes(NEWLINE) && !json.includes(RETURN)) return json;
  const line = Buffer.from(json);
  for (const end of [NEWLINE, RETURN]) {
    for (let at = line.indexOf(end); at !== -1; at = line.indexOf(end, at + 1)) line[at] = SPACE;
  }
  return line;
}
