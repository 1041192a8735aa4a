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
