interface Stream {
  cork(): void;
  uncork(): void;
}

/** A connection of the driver, as far as it concerns us; null in tests that have none. */
export interface Corkable {
  readonly connection?: { readonly stream?: Stream };
}

const corked = new WeakSet<Stream>();

/**
 * What is sent on this connection in this turn of the event loop leaves in one write: each write to a socket costs as much as
 * hundreds of lines of code. Only for connections that are pipelined.
 */
export function sendTogether(client: Corkable): void {
  const stream = client.connection?.stream;
  if (!stream || corked.has(stream)) return;
  corked.add(stream);
  stream.cork();
  process.nextTick(() => {
    corked.delete(stream);
    stream.uncork();
  });
}
