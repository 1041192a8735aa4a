/** Where the outcome of a payment that was made in one request is posted to. */
export abstract class OutcomeAddresses {
  abstract of(paymentId: string): Promise<string | null>;
}
