import { describe, expect, it } from '@jest/globals';
import { LoginThrottle } from '#modules/access/application/login-throttle.js';
import { RateLimited } from '#modules/access/domain/errors.js';

const now = new Date('2026-01-01T00:00:00Z');
const owner = 'ada@example.com';

describe('failed logins', () => {
  it('close an account to the address that guesses, and to no other', async () => {
    const throttle = new LoginThrottle();
    for (let a = 1; a <= 10; a++) for (let i = 0; i < 10; i++) await throttle.begin(owner, `203.0.113.${a}`, now);
    await expect(throttle.begin(owner, '203.0.113.1', now)).rejects.toBeInstanceOf(RateLimited);
    const begun = performance.now();
    await throttle.begin(owner, '198.51.100.1', now);
    // After a hundred failures every login of the account waits.
    expect(performance.now() - begun).toBeGreaterThan(900);
    const later = new Date(now.getTime() + 16 * 60_000);
    await throttle.begin(owner, '203.0.113.1', later);
  });

  it('are counted by the network of an IPv6 address, and for all accounts of an address', async () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 10; i++) await throttle.begin(owner, `2001:db8:1:2::${i}`, now);
    await expect(throttle.begin(owner, '2001:db8:1:2::ffff', now)).rejects.toBeInstanceOf(RateLimited);
    await throttle.begin(owner, '2001:db8:1:3::1', now);
    for (let i = 0; i < 100; i++) await throttle.begin(`${i}@example.com`, '203.0.113.9', now);
    await expect(throttle.begin('another@example.com', '203.0.113.9', now)).rejects.toBeInstanceOf(RateLimited);
  });

  it('are taken back by a success, and when no password was compared', async () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 9; i++) await throttle.begin(owner, '203.0.113.1', now);
    throttle.succeeded(owner, '203.0.113.1');
    for (let i = 0; i < 10; i++) {
      await throttle.begin(owner, '203.0.113.1', now);
      throttle.abandoned(owner, '203.0.113.1');
    }
    await throttle.begin(owner, '203.0.113.1', now);
  });
});
