/** A reading that callers share: it is taken once at a time, and what it found is kept for a while. */
export class SharedReading<T> {
  private current: { readonly value: Promise<T>; readonly until: number } | null = null;

  constructor(
    private readonly read: () => Promise<T>,
    private readonly keptMs: number,
  ) {}

  get(): Promise<T> {
    const now = performance.now();
    if (this.current && now < this.current.until) return this.current.value;
    const value = this.read();
    const reading = { value, until: Infinity };
    this.current = reading;
    const settle = () => {
      if (this.current === reading) this.current = { value, until: performance.now() + this.keptMs };
    };
    value.then(settle, settle);
    return value;
  }
}
