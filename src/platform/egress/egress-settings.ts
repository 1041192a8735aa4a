/** Where calls that a user's URL asks for may go; the composition root decides. */
export abstract class EgressSettings {
  /** Whether they may go to http and to private addresses. */
  abstract readonly allowPrivate: boolean;
}
