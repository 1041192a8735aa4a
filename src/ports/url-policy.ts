import { DomainError, problem } from '#kernel/errors.js';

export class DestinationNotAllowed extends DomainError {
  static readonly problem = problem(
    'destination-not-allowed',
    'unprocessable',
    'Nothing is sent to that address',
    'Messages go to https addresses on the public internet only: no private, loopback or link-local addresses, by number or by name, and no credentials in the address. A setting lifts this for development.',
  );
  constructor(reason: string) {
    super(DestinationNotAllowed.problem, reason, [{ pointer: '#', detail: reason }]);
  }
}

/** Which addresses given by a merchant the program may connect to. Asked when one is given; checked again at connect time. */
export abstract class UrlPolicy {
  /** Why nothing may be sent there, or null. May ask the DNS. */
  abstract refusal(url: string): Promise<DestinationNotAllowed | null>;
}
