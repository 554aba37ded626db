/** Who is calling, as an identity provider vouched for it. */
export interface Principal {
  /** Stable id of the caller; owners of resources are stored by it. */
  readonly id: string;
  readonly name?: string;
  /** As issued; compared without regard to case. */
  readonly roles: readonly string[];
  readonly kind: 'user' | 'app';
  /** Milliseconds since 1970; from then on the credentials count no more. Absent where they have no end. */
  readonly expiresAt?: number | undefined;
}
