/** Which forms of an answer a client takes. */
export interface Accepted {
  readonly json: boolean;
  readonly events: boolean;
}

const EVERYTHING: Accepted = { json: true, events: true };

/** Reads `Accept` with good will: what is not said is allowed. */
export function accepted(header: string | undefined): Accepted {
  if (header === undefined || header === '' || header.includes('*/*')) return EVERYTHING;
  const text = header.toLowerCase();
  return {
    json: text.includes('application/json') || text.includes('application/*'),
    events: text.includes('text/event-stream') || text.includes('text/*'),
  };
}

/** False only for a body that is certainly no JSON. */
export function mayBeJson(contentType: string | undefined): boolean {
  return contentType === undefined || contentType.toLowerCase().includes('json');
}
