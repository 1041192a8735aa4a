/** What clients were told, and what was counted on the way. */
export class History {
  readonly violations: string[] = [];
  readonly operations: Record<string, number> = {};
  readonly statuses: Record<number, number> = {};
  unknown = 0;
  readonly unresolvedKeys: string[] = [];
  /** The terminal state that a client was told of an order. */
  readonly terminals = new Map<string, string>();
  readonly balances = new Map<string, number>();
  readonly stock = new Map<string, number>();

  began(kind: string): void {
    this.operations[kind] = (this.operations[kind] ?? 0) + 1;
  }

  ended(status: number, wasUnknown: boolean): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (wasUnknown) this.unknown++;
  }

  read(status: number): void {
    this.began('read');
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
  }

  unresolved(kind: string, key: string): void {
    this.unresolvedKeys.push(`${kind} ${key}`);
  }

  /** Both states are for ever: who was told one must never be told the other. */
  terminal(orderId: string, status: string): void {
    const before = this.terminals.get(orderId);
    if (before !== undefined && before !== status) this.violation(`order ${orderId} was ${before} and then ${status}`);
    this.terminals.set(orderId, status);
  }

  moved(customer: string, amount: number): void {
    this.balances.set(customer, (this.balances.get(customer) ?? 0) + amount);
  }

  adjusted(product: string, delta: number): void {
    this.stock.set(product, (this.stock.get(product) ?? 0) + delta);
  }

  violation(text: string): void {
    if (this.violations.length < 200) this.violations.push(text);
  }

  get total(): number {
    return Object.values(this.operations).reduce((sum, count) => sum + count, 0);
  }
}
