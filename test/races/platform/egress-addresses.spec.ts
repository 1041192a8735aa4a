import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DestinationNotAllowed } from '#ports/url-policy.js';
import { isPublicAddress } from '#platform/egress/addresses.js';
import { DnsResolver } from '#platform/egress/dns-resolver.js';
import { EgressClient } from '#platform/egress/egress-client.js';
import { readSettings } from '#app/settings.js';
import { Receiver } from '../../support/receiver.js';

/** A resolver that says what it is told to, and something else the next time. */
class LyingNames extends DnsResolver {
  answers: string[][] = [];
  override lookup(...[name, , callback]: Parameters<DnsResolver['lookup']>): void {
    const addresses = this.answers.length > 1 ? this.answers.shift()! : (this.answers[0] ?? []);
    const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() =>
      callback(found.length > 0 ? null : Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' }), found),
    );
  }
}

const blocked = [
  ...[
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
  ],
  ...[
    '192.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  ...['::1', '::', 'fe80::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', '2001:db8::1', '100::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::127.0.0.1', '::ffff:7f00:1'],
  ...[
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '2001:0:7f00:1::1',
    'fec0::1',
  ],
];
const spellings = [
  '0x7f.1',
  '2130706433',
  '017700000001',
  '127.1',
  '0',
  'localhost',
  'LOCALHOST.',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '%31%32%37.0.0.1',
  '①②⑦.0.0.1',
];

describe('a merchant’s address', () => {
  let names: LyingNames;
  let outgoing: EgressClient;
  let trap: Server;
  let connections = 0;
  let port: number;
  beforeAll(async () => {
    names = new LyingNames();
    outgoing = new EgressClient(
      { ...readSettings({ NODE_ENV: 'test', DATABASE_URL: 'postgres://x' }), allowPrivate: false },
      names,
    );
    trap = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    // On every local address, IPv6 and IPv4.
    await new Promise<void>((resolve) => trap.listen(0, '::', resolve));
    port = (trap.address() as AddressInfo).port;
  });
  afterAll(async () => {
    outgoing.onApplicationShutdown();
    await new Promise((resolve) => trap.close(resolve));
    expect(connections).toBe(0);
  });

  const post = (url: string) => outgoing.post(url, {}, Buffer.from('{}'));

  it.each(blocked)('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '172.32.0.1', '169.253.1.1', '192.169.0.1'])(
    '%s is',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(blocked)('is refused as the literal %s, at registration and when it is connected to', async (address) => {
    const url = `https://${address.includes(':') ? `[${address}]` : address}:${port}/`;
    expect(await outgoing.refusal(url)).toBeInstanceOf(DestinationNotAllowed);
    await expect(post(url)).rejects.toBeInstanceOf(DestinationNotAllowed);
  });

  it.each(spellings)('is refused however it is spelled: %s', async (host) => {
    names.answers = [['127.0.0.1']];
    expect(await outgoing.refusal(`https://${host}:${port}/`)).toBeInstanceOf(DestinationNotAllowed);
    await expect(post(`https://${host}:${port}/`)).rejects.toBeInstanceOf(DestinationNotAllowed);
  });

  it.each(blocked)('is refused by a name that stands for %s', async (address) => {
    names.answers = [[address]];
    expect(await outgoing.refusal(`https://merchant.example:${port}/`)).toBeInstanceOf(DestinationNotAllowed);
    await expect(post(`https://merchant.example:${port}/`)).rejects.toBeInstanceOf(DestinationNotAllowed);
  });

  it('is refused by a name that stands for a public address and a private one', async () => {
    names.answers = [['93.184.216.34', '127.0.0.1']];
    expect(await outgoing.refusal(`https://merchant.example:${port}/`)).toBeInstanceOf(DestinationNotAllowed);
    await expect(post(`https://merchant.example:${port}/`)).rejects.toBeInstanceOf(DestinationNotAllowed);
  });

  it.each(blocked)(
    'is refused when its name is public at registration and %s when it is connected to (DNS rebinding)',
    async (address) => {
      names.answers = [['93.184.216.34'], [address]];
      expect(await outgoing.refusal(`https://merchant.example:${port}/`)).toBeNull();
      await expect(post(`https://merchant.example:${port}/`)).rejects.toBeInstanceOf(DestinationNotAllowed);
    },
  );

  it('is refused without https', async () => {
    names.answers = [['93.184.216.34']];
    expect(await outgoing.refusal('http://merchant.example/')).toBeInstanceOf(DestinationNotAllowed);
    await expect(post('http://merchant.example/')).rejects.toBeInstanceOf(DestinationNotAllowed);
  });

  it('is never left for where a redirect points', async () => {
    const free = new EgressClient(
      { ...readSettings({ NODE_ENV: 'test', DATABASE_URL: 'postgres://x' }), allowPrivate: true },
      new DnsResolver(),
    );
    const receiver = await Receiver.open();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.statuses = [status];
      receiver.headers = { location: `http://127.0.0.1:${port}/` };
      expect((await free.post(receiver.url, {}, Buffer.from('{}'))).status).toBe(status);
    }
    free.onApplicationShutdown();
    await receiver.close();
    expect(connections).toBe(0);
  });
});
