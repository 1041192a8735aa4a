import type { Tx } from './tx.js';

/** Encrypts secrets that must be kept in a form that can be read again, such as keys that sign messages. */
export abstract class Sealing {
  /** @param context what the text belongs to, such as a table and an id: it opens only there */
  abstract seal(text: string, context: string): string;
  /** Text that was never sealed is answered as it is: releases before 0.3.0 stored it so. @throws Error for an unknown key or context */
  abstract open(stored: string, context: string): string;
  /** The text sealed with the key that seals now, whatever it was sealed with. @throws as open */
  sealAnew(stored: string, context: string): string {
    return this.seal(this.open(stored, context), context);
  }
  /** Whether the text is sealed with the key that seals now. */
  abstract isCurrent(stored: string): boolean;
}

/** A column of sealed texts. After DATA_KEY changes, housekeeping seals its rows anew. */
export interface SealedColumn {
  /** `table.column`. */
  readonly name: string;
  /** Seals anew what is not current in at most so many rows after an id. @returns the last id, or null when there were no more rows */
  sealAnew(tx: Tx, afterId: string | null, limit: number): Promise<string | null>;
}

/** Modules that keep sealed columns register them here. */
export class SealedColumns {
  readonly all: SealedColumn[] = [];

  register(column: SealedColumn): void {
    this.all.push(column);
  }
}
