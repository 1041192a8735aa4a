import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Receiver } from '../../support/receiver.js';
import { Shop, type Payment } from '../../support/shop.js';

describe('where webhooks may go', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: false });
  });
  afterAll(() => shop.close());

  const take = (webhookUrl: string) =>
    shop.post('/payments', { amount: 100, currency: 'USD', paymentMethodId: 'pm_card_visa', webhookUrl });

  it.each([
    'http://example.com/hook',
    'ftp://example.com/',
    'not a url',
    'https://user:secret@example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://localhost/',
    'https://localhost./',
    'https://10.0.0.8/',
    'https://172.16.4.4/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b:1::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:0:7f00:1::]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    'https://name.invalid/',
  ])('not to %s', async (url) => {
    expect((await take(url).expect(422)).body.code).toBe('destination-not-allowed');
  });

  it('to public addresses', async () => {
    for (const url of ['https://93.184.215.14/hook', 'https://[2606:4700::6810:84e5]/hook'])
      await take(url).expect(202);
  });

  it('nowhere private either when the address was let in before, or has changed its mind since', async () => {
    const receiver = await Receiver.open();
    const { id } = (
      await shop.post('/payments', { amount: 100, currency: 'USD', paymentMethodId: 'pm_card_visa' }).expect(202)
    ).body as Payment;
    await shop.becomes(id, 'succeeded');
    // As if it had been registered when its name was public, and resolves to this machine now.
    const port = new URL(receiver.url).port;
    const settle = async (url: string) => {
      const { EgressClient } = await import('#platform/egress/egress-client.js');
      return shop.application.nest
        .get(EgressClient)
        .post(url, {}, Buffer.from('{}'))
        .catch((error: Error) => error.constructor.name + ': ' + error.message);
    };
    for (const url of [
      `https://localhost:${port}/`,
      `https://127.0.0.1:${port}/`,
      `https://[::1]:${port}/`,
      receiver.url,
    ]) {
      expect(await settle(url)).toMatch(/^DestinationNotAllowed/);
    }
    expect(receiver.received).toEqual([]);
    await receiver.close();
  });
});
