/** Tells the relay of this process that there is something new, right after a commit; the poll finds what others wrote. */
export class Wakeup {
  private listener: () => void = () => undefined;

  /** One function for ever, so that a transaction that appends twice wakes once. */
  readonly wake = (): void => this.listener();

  listen(listener: () => void): void {
    this.listener = listener;
  }
}
