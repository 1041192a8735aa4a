import { lookup, promises as dns, type LookupAddress, type LookupOptions } from 'node:dns';

const TIMEOUT_MS = 2_000;
const TRIES = 2;

type Found = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** What names stand for at the moment, as this machine sees it, names of its own included. */
export class DnsResolver {
  lookup(name: string, options: LookupOptions, callback: Found): void {
    lookup(name, { ...options, all: true }, callback);
  }
}

/**
 * As the public DNS says. Asked without the few threads that all other lookups need too, so that a name whose
 * servers hang keeps no other waiting.
 */
export class PublicDnsResolver extends DnsResolver {
  private readonly resolver = new dns.Resolver({ timeout: TIMEOUT_MS, tries: TRIES });

  override lookup(name: string, _options: LookupOptions, callback: Found): void {
    void this.resolve(name).then(
      (addresses) =>
        callback(
          addresses.length > 0
            ? null
            : Object.assign(new Error(`The name ${name} has no address.`), { code: 'ENOTFOUND' }),
          addresses,
        ),
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    );
  }

  private async resolve(name: string): Promise<LookupAddress[]> {
    const none = () => [] as string[];
    const [four, six] = await Promise.all([
      this.resolver.resolve4(name).catch(none),
      this.resolver.resolve6(name).catch(none),
    ]);
    return [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))];
  }
}
