import { DomainError, problem } from '#kernel/errors.js';

export class DestinationNotAllowed extends DomainError {
  static readonly problem = problem(
    'destination-not-allowed',
    'unprocessable',
    'The destination URL is not allowed',
    'Messages go to https addresses on the public internet only: no private, loopback or link-local addresses, by IP or by name, and no credentials in the URL. A setting relaxes this for development.',
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
