import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seedDemoShop } from '#app/demo-shop.js';
import { BalanceStandIn } from '../../../tools/balance-service/stand-in.js';
import { Shop, type Product } from '../../support/shop.js';

describe('an external balance service', () => {
  let service: BalanceStandIn;
  let shop: Shop;
  beforeAll(async () => {
    const money = { balance: 10_000_000, currency: 'USD' };
    service = await BalanceStandIn.start({ host: '127.0.0.1', port: 0, ...money, seed: '7' });
    shop = await Shop.open({ balanceServiceUrl: service.url, balanceServiceRetryMs: 50 });
  });
  afterAll(async () => {
    await shop.close();
    await service.stop();
  });

  it('has a catalogue that can be taken over, and taken over again', async () => {
    expect((await shop.post('/products/import').expect(200)).body).toEqual({
      created: 3,
      updated: 0,
      unchanged: 0,
      rejected: [],
    });
    expect((await shop.post('/products/import').expect(200)).body).toEqual({
      created: 0,
      updated: 0,
      unchanged: 3,
      rejected: [],
    });
    const { body } = await shop.get('/products?sku=BM-002').expect(200);
    expect((body as { data: Product[] }).data).toMatchObject([
      { name: 'Brass pencil', price: 2400, currency: 'USD', stock: 80 },
    ]);
    const demo = await Shop.open({ balanceServiceUrl: service.url });
    await seedDemoShop(demo.application.nest); // deposits nothing: balances are kept elsewhere
    await demo.get('/orders/01939d00-0000-7000-8000-000000000101').expect(200);
    await demo.close();
    const none = await Shop.open();
    expect((await none.post('/products/import').expect(422)).body.code).toBe('no-catalogue');
    await none.close();
  });
});
