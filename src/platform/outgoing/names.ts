import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';

/** What names stand for at the moment, as the machine's resolver says. */
export class Names {
  lookup(name: string, options: LookupOptions, callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void): void {
    lookup(name, { ...options, all: true }, callback);
  }
}
