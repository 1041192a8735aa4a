import ipaddr from 'ipaddr.js';

/** Local-use NAT64 (RFC 8215), which reaches IPv4 addresses behind a gateway. */
const localNat64 = ipaddr.parseCIDR('64:ff9b:1::/48') as [ipaddr.IPv6, number];
/** Global unicast, the only part of IPv6 that is assigned to the public internet (RFC 4291, IANA registry). */
const globalUnicast = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/**
 * Whether an address belongs to the public internet: not private, loopback, link-local (cloud metadata lives there),
 * multicast, reserved, and none of the IPv6 forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo).
 * Source: IANA special-purpose address registries (RFC 6890).
 */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, ''); // a zone is no part of the address
  if (!ipaddr.isValid(bare)) return false;
  const parsed = ipaddr.parse(bare);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv4') return true;
  return (parsed as ipaddr.IPv6).match(globalUnicast) && !(parsed as ipaddr.IPv6).match(localNat64);
}

/** The host of a URL as an address, or null when it is a name. */
export function literalAddress(url: URL): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(host) ? host : null;
}

/** Ports above the privileged ones where other services than web servers listen by default (IANA registry, and common use). */
const otherServices: ReadonlySet<number> = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6379, 6380, 6432, 7001,
  8086, 9042, 9092, 9200, 9300, 10250, 11211, 15672, 25672, 26379, 27017, 27018, 50070, 61616,
]);

/**
 * Whether a web server may be meant by a port: 443, and unprivileged ones where no other service listens by default. A webhook
 * is no way to speak to mail servers and databases.
 * @param port as URLs spell it; empty for the scheme's own
 */
export function isWebPort(port: string): boolean {
  if (port === '' || port === '443') return true;
  const number = Number(port);
  return number >= 1024 && !otherServices.has(number);
}
