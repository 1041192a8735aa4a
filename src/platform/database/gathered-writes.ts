/** As `statement()` makes it. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * A write that can wait for others of its kind, so that one statement writes them all. It is sent before the next statement of its
 * transaction, whatever that asks for, or together with COMMIT.
 */
export interface GatheredWrite<Item> {
  /** Statements of lower rank go first: they make what others refer to. */
  readonly rank: number;
  /**
   * The statement for all of them. Its answer is not looked at: it must fail when it has not written every item
   * (`assert_written`, migrations).
   */
  statement(items: readonly Item[]): readonly [Statement, values: unknown[]];
  /** What has a key is written once, as it was gathered last. */
  keyOf?(item: Item): string;
  /** One item instead of two with the same key. @throws when the later one does not follow from the earlier */
  replace?(earlier: Item, later: Item): Item;
}

type AnyWrite = GatheredWrite<unknown>;
/** By key; what has none is numbered. */
type Writes = Map<AnyWrite, Map<string | number, unknown>>;

/** In which order gathered statements are sent. */
export const ranks = {
  parents: 10,
  rows: 20,
  changes: 30,
  ledger: 40,
  firstEvents: 50,
  events: 60,
  records: 70,
} as const;

interface Layer {
  readonly writes: Writes;
  /** Whether something of it has left already, so that only a rollback can undo it. */
  hasLeft: boolean;
}

const emptyLayer = (): Layer => ({ writes: new Map(), hasLeft: false });

/** What a transaction has gathered and not sent yet. A layer holds the work of one member of a batch until it is sure. */
export class GatheredWrites {
  private layers: Layer[] = [emptyLayer()];
  private added = 0;
  /** Another one as soon as writes are dropped: what followed from them is not so any more. */
  view: object = {};

  add<Item>(write: GatheredWrite<Item>, item: Item): void {
    const kind = write as unknown as AnyWrite;
    const key = write.keyOf === undefined ? ++this.added : write.keyOf(item);
    const earlier = this.find(kind, key) as Item | undefined;
    const { writes } = this.layers.at(-1)!;
    const items = writes.get(kind) ?? new Map<string | number, unknown>();
    writes.set(kind, items.set(key, earlier === undefined || !write.replace ? item : write.replace(earlier, item)));
  }

  private find(kind: AnyWrite, key: string | number): unknown {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const found = this.layers[i]!.writes.get(kind)?.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get isEmpty(): boolean {
    return this.layers.every(({ writes }) => writes.size === 0);
  }

  drop(): void {
    for (const { writes } of this.layers) writes.clear();
    this.view = {};
  }

  /** Something is written that was not gathered. */
  noteWrite(): void {
    for (const layer of this.layers) layer.hasLeft = true;
  }

  /** Takes out everything, in the order in which it is to be sent. */
  drain(): (readonly [Statement, unknown[]])[] {
    if (this.isEmpty) return [];
    const all: Writes = new Map();
    for (const layer of this.layers) {
      if (layer.writes.size > 0) layer.hasLeft = true;
      merge(layer.writes, all);
      layer.writes.clear();
    }
    return [...all].sort(([a], [b]) => a.rank - b.rank).map(([write, items]) => write.statement([...items.values()]));
  }

  /**
   * Work whose writes are dropped when it is refused.
   * @throws what the work throws; for a refusal HasWritten when something of the work has left already
   */
  async attempt<T>(work: () => Promise<T>, isRefusal: (error: unknown) => boolean): Promise<T> {
    const layer = emptyLayer();
    this.layers.push(layer);
    try {
      const result = await work();
      this.layers.pop();
      merge(layer.writes, this.layers.at(-1)!.writes);
      return result;
    } catch (error) {
      if (this.layers.at(-1) === layer) this.layers.pop();
      if (layer.writes.size > 0) this.view = {};
      throw layer.hasLeft && isRefusal(error) ? new HasWritten(error) : error;
    }
  }
}

function merge(from: Writes, into: Writes): void {
  for (const [write, items] of from) {
    const kept = into.get(write);
    if (kept) for (const [key, item] of items) kept.set(key, item);
    else into.set(write, new Map(items));
  }
}

/** Part of a transaction was refused after it had written: all of it must be rolled back. */
export class HasWritten extends Error {
  constructor(override readonly cause: unknown) {
    super('Work was refused after it had written');
  }
}
