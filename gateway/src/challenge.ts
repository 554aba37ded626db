/** What tells a client how to get in (RFC 6750 section 3, RFC 9728 section 5.1). */
export interface ChallengeContext {
  /** Where the client finds who issues tokens. */
  readonly resourceMetadata: string;
  /** As the client must ask for it; undefined where tokens have none. */
  readonly scope: string | undefined;
}

/** For a caller who is not known; only what came can be called invalid. */
export function signInChallenge(context: ChallengeContext, credentials: boolean): string {
  const parts = [...metadata(context), ...scope(context)];
  if (credentials) parts.push('error="invalid_token"');
  return `Bearer ${parts.join(', ')}`;
}

/** For a caller who is known but may not. */
export function scopeChallenge(context: ChallengeContext): string {
  return `Bearer ${['error="insufficient_scope"', ...scope(context), ...metadata(context)].join(', ')}`;
}

function metadata({ resourceMetadata }: ChallengeContext): readonly string[] {
  return [`resource_metadata="${resourceMetadata}"`];
}

function scope(context: ChallengeContext): readonly string[] {
  return context.scope === undefined ? [] : [`scope="${context.scope}"`];
}
