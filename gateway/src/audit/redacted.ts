const MAX_DEPTH = 5;
const MAX_MEMBERS = 50;
const MAX_TEXT = 256;
const MAX_KEY = 64;
const STARS = '***';

/** Names whose values are secrets, or often have one in them. */
const SECRET_NAME =
  /pass|pwd|secret|token|auth|credential|cookie|session|bearer|key|cert|private|signature|sas\b|otp|\bpin\b|connection|url/i;
/** Texts that are secrets whatever their name is: JWTs, PEM, well-known prefixes, and long runs without a space. */
const SECRET_TEXT =
  /eyJ[\w-]{8,}\.|-----BEGIN|\b(gh[pousr]_|github_pat_|sk-|xox[abp]-|AKIA|AccountKey=|SharedAccess|Bearer\s)|:\/\/[^/\s]*@|[?&]sig=|[A-Za-z0-9+/_=-]{32,}/;

/** Arguments as they may be kept: bounded in every direction, with stars for all that looks like a secret. */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return textOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) {
    const kept = value.slice(0, MAX_MEMBERS).map((each) => redacted(each, depth + 1));
    return value.length > MAX_MEMBERS ? [...kept, '…'] : kept;
  }
  const members = Object.entries(value).slice(0, MAX_MEMBERS);
  return Object.fromEntries(
    members.map(([name, each]) => [
      nameOf(name),
      SECRET_NAME.test(name) ? STARS : redacted(each, depth + 1),
    ]),
  );
}

function textOf(text: string): string {
  if (SECRET_TEXT.test(text)) return STARS;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

function nameOf(name: string): string {
  return SECRET_TEXT.test(name) ? STARS : name.slice(0, MAX_KEY);
}
