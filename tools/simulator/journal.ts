import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface JournalEntry {
  kind: 'intent' | 'charge' | 'refund' | 'dispute' | 'customer' | 'method' | 'setup' | 'event' | 'answer';
  id: string;
  value: unknown;
}

/**
 * The simulator's durable state: an append-only file of the newest value of each object, read back and compacted at
 * start. A line that a crash cut short is dropped with whatever it would have said.
 */
export class Journal {
  private readonly file: number;

  private constructor(path: string) {
    this.file = openSync(path, 'a', 0o600);
  }

  static open(path: string, replay: (entry: JournalEntry) => void): Journal {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) {
      const latest = new Map<string, JournalEntry>();
      for (const line of readFileSync(path, 'utf8').split('\n')) {
        try {
          const entry = JSON.parse(line) as JournalEntry;
          latest.set(`${entry.kind}:${entry.id}`, entry);
        } catch {
          // empty, or cut short
        }
      }
      const compacted = `${path}.new`;
      writeAll(compacted, [...latest.values()]);
      renameSync(compacted, path);
      for (const entry of latest.values()) replay(entry);
    }
    return new Journal(path);
  }

  append(entry: JournalEntry): void {
    writeSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

function writeAll(path: string, entries: readonly JournalEntry[]): void {
  const file = openSync(path, 'w', 0o600);
  for (const entry of entries) writeSync(file, `${JSON.stringify(entry)}\n`);
  closeSync(file);
}
