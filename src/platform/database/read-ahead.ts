import type { Tx } from '#ports/tx.js';
import { viewOf } from './statement.js';

/**
 * Rows as this transaction knows them: what one statement has locked or read for many members of a batch, so that none of them
 * asks again. Only for rows that are locked, or that nothing depends on; the one that writes them keeps this up to date.
 */
export class ReadAhead<Value> {
  private readonly known = new WeakMap<object, Map<string, Value>>();

  put(tx: Tx, key: string, value: Value): void {
    const view = viewOf(tx);
    const values = this.known.get(view);
    if (values) values.set(key, value);
    else this.known.set(view, new Map([[key, value]]));
  }

  /** Undefined when it was not read ahead. */
  see(tx: Tx, key: string): Value | undefined {
    return this.known.get(viewOf(tx))?.get(key);
  }

  /** Changes what is known, where it is. */
  change(tx: Tx, key: string, change: (value: Value) => Value): void {
    const values = this.known.get(viewOf(tx));
    const value = values?.get(key);
    if (value !== undefined) values!.set(key, change(value));
  }

  forget(tx: Tx, key: string): void {
    this.known.get(viewOf(tx))?.delete(key);
  }
}
