/** Why a replica does not serve, in the words of a condition. */
export interface Trouble {
  readonly reason: string;
  readonly message: string;
}
