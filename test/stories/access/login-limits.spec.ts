import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LoginThrottle } from '#modules/access/application/login-throttle.js';
import { RegistrationLimit } from '#modules/access/application/registration-limit.js';
import { RateLimited } from '#modules/access/contract.js';
import { Shop } from '../../support/shop.js';

const owner = 'ada@example.com';

describe('limits of logins and registrations', () => {
  let shop: Shop;
  let replica: Shop;
  beforeAll(async () => {
    const limit = { registrationLimit: { requests: 10, seconds: 300 } };
    shop = await Shop.open(limit);
    replica = await Shop.open(limit, shop.database);
  });
  beforeEach(() => shop.database.query('TRUNCATE limit_counters'));
  afterAll(async () => {
    await replica.close();
    await shop.close();
  });

  const throttle = (of = shop) => of.application.nest.get(LoginThrottle);
  const many = async (times: number, email: string, from: (i: number) => string) => {
    for (let i = 0; i < times; i++) await throttle(i % 2 ? replica : shop).begin(email, from(i));
  };

  it('close an account to the address that guesses, and to no other', async () => {
    for (let a = 1; a <= 10; a++) await many(10, owner, () => `203.0.113.${a}`);
    await expect(throttle().begin(owner, '203.0.113.1')).rejects.toBeInstanceOf(RateLimited);
    await expect(throttle(replica).begin(owner, '203.0.113.1')).rejects.toBeInstanceOf(RateLimited);
    const begun = performance.now();
    await throttle().begin(owner, '198.51.100.1');
    // After a hundred failures every login of the account waits.
    expect(performance.now() - begun).toBeGreaterThan(900);
    await shop.database.query(`UPDATE limit_counters SET ends_at = ends_at - interval '16 minutes'`);
    await throttle().begin(owner, '203.0.113.1');
  });

  it('do not slow down an address from which the owner has logged in', async () => {
    await throttle().begin(owner, '198.51.100.7');
    await throttle().succeeded(owner, '198.51.100.7');
    for (let a = 1; a <= 10; a++) await many(10, owner, () => `203.0.113.${a}`);
    const begun = performance.now();
    await throttle(replica).begin(owner, '198.51.100.7');
    expect(performance.now() - begun).toBeLessThan(800);
  });

  it('are counted by the network of an IPv6 address', async () => {
    await many(10, owner, (i) => `2001:db8:1:2::${i}`);
    await expect(throttle().begin(owner, '2001:db8:1:2::ffff')).rejects.toBeInstanceOf(RateLimited);
    await throttle().begin(owner, '2001:db8:1:3::1');
  });

  it('slow an address down that tries many accounts, and keep no one at it out', async () => {
    await throttle().begin(owner, '203.0.113.9');
    await throttle().succeeded(owner, '203.0.113.9');
    for (let i = 0; i < 100; i++) await throttle().begin(`${i}@example.com`, '203.0.113.9');
    const begun = performance.now();
    await throttle().begin(owner, '203.0.113.9');
    expect(performance.now() - begun).toBeLessThan(800);
    await throttle().begin('another@example.com', '203.0.113.9');
    expect(performance.now() - begun).toBeGreaterThan(1_900);
  });

  it('are taken back by a success, and when no password was compared', async () => {
    await many(9, owner, () => '203.0.113.1');
    await throttle().succeeded(owner, '203.0.113.1');
    for (let i = 0; i < 12; i++) {
      await throttle().begin(owner, '203.0.113.1');
      await throttle().abandoned(owner, '203.0.113.1');
    }
    await throttle().begin(owner, '203.0.113.1');
  });

  it('hold when all guesses come at once, at two processes', async () => {
    const guesses = Array.from({ length: 60 }, (_, i) => throttle(i % 2 ? replica : shop).begin(owner, '203.0.113.1'));
    const outcomes = await Promise.allSettled(guesses);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('are shared by processes where accounts are opened', async () => {
    const limits = [shop, replica].map((of) => of.application.nest.get(RegistrationLimit));
    const takes = Array.from({ length: 30 }, (_, i) => limits[i % 2]!.take('203.0.113.1'));
    const outcomes = await Promise.allSettled(takes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });
});
