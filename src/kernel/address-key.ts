/** Groups of 16 bits of an IPv6 address, of which the first four are its network. */
function network64(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  const groups = [...left, ...gap, ...right].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

/**
 * The address that limits are counted by: an IPv4 address as it is, also where it comes mapped into IPv6 or with a port; of
 * an IPv6 address the /64, which is what one customer of a provider has (RFC 6177).
 */
export function addressKey(ip: string): string {
  const address = ip
    .trim()
    .toLowerCase()
    .replace(/^\[(.+)\](:\d+)?$/, '$1')
    .replace(/%.*$/, '');
  const mapped = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?$/.exec(address);
  if (mapped) return mapped[1]!;
  const hexMapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (hexMapped) {
    const [high, low] = [parseInt(hexMapped[1]!, 16), parseInt(hexMapped[2]!, 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return /^[0-9a-f:.]+$/.test(address) && address.includes(':') ? network64(address) : address;
}

/** Of the addresses that limits are counted by, those of this machine. */
export function isLoopbackAddress(key: string): boolean {
  return key.startsWith('127.') || key === '0:0:0:0::/64';
}

/** The network of an address, for logs: of IPv4 the first three bytes, of IPv6 the /64. */
export function networkOf(ip: string): string {
  const key = addressKey(ip);
  return key.includes(':') ? key : key.replace(/\.\d{1,3}$/, '.0');
}
