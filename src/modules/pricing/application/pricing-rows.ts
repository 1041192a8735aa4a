import type { Tx } from '#ports/tx.js';
import type { RowKind, RowsByKind } from '../domain/rows.js';

/** The rows that tariffs are compiled from. A change of one holds the lock of TariffPublisher. */
export abstract class PricingRows {
  abstract find<Kind extends RowKind>(kind: Kind, id: string): Promise<RowsByKind[Kind] | null>;
  /** Newest first, one more than the limit when there is more. */
  abstract list<Kind extends RowKind>(kind: Kind, afterId: string | null, limit: number): Promise<RowsByKind[Kind][]>;

  abstract findIn<Kind extends RowKind>(tx: Tx, kind: Kind, id: string): Promise<RowsByKind[Kind] | null>;
  abstract all<Kind extends RowKind>(tx: Tx, kind: Kind): Promise<RowsByKind[Kind][]>;
  /** @throws ShippingCodeTaken */
  abstract insert<Kind extends RowKind>(tx: Tx, kind: Kind, row: RowsByKind[Kind]): Promise<void>;
  /** @throws ShippingCodeTaken */
  abstract update<Kind extends RowKind>(tx: Tx, kind: Kind, row: RowsByKind[Kind]): Promise<void>;
  abstract delete(tx: Tx, kind: RowKind, id: string): Promise<void>;
}
