/** The WHERE of a list, from those of its filters that were given. The texts are fixed; values travel as parameters. */
export class Conditions {
  private readonly conditions: string[] = [];

  /** @param values parameters that the statement has besides */
  constructor(readonly values: unknown[] = []) {}

  /** Adds a condition in which `?` stands for the value; one without a value asks for nothing. */
  where(condition: string, value: unknown): void {
    if (value === undefined || value === null) return;
    this.values.push(value);
    this.conditions.push(condition.replace('?', `$${this.values.length}`));
  }

  /** Adds a condition that needs no value. */
  also(condition: string): void {
    this.conditions.push(condition);
  }

  get sql(): string {
    return this.conditions.length > 0 ? `WHERE ${this.conditions.join(' AND ')}` : '';
  }
}
