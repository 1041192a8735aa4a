/** A map of at most so many entries: what was set longest ago goes first. A Map keeps the order of insertion. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  constructor(private readonly maximum: number) {
    super();
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.maximum) break;
      this.delete(oldest);
    }
    return this;
  }
}
