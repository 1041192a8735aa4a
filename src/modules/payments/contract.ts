/** Where the outcome of a payment that was made in one request is posted to, and how it is signed. */
export abstract class OutcomeAddresses {
  /** Standard Webhooks secrets; several while they rotate. */
  abstract readonly signingSecrets: readonly string[];
  abstract of(paymentId: string): Promise<string | null>;
}
