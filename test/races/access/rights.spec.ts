import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Shop } from '../../support/shop.js';
import { peopleOf } from '../../stories/access/people.js';

describe('giving rights while they are taken away', () => {
  let shop: Shop;
  let replica: Shop;
  const { as, register, staff } = peopleOf(() => shop);
  const { as: atReplica } = peopleOf(() => replica);
  beforeAll(async () => {
    shop = await Shop.open();
    replica = await Shop.open({}, shop.database);
    await staff('superadmin'); // one stays
  });
  afterAll(async () => {
    await replica.close();
    await shop.close();
  });

  it('leaves no key and no role that was given after the giver had lost the right', async () => {
    for (let i = 0; i < 8; i++) {
      const admin = await staff('superadmin');
      const friend = await register();
      await atReplica(admin.accessToken, 'get', '/users').expect(200);
      const [revoked, made, raised] = await Promise.all([
        shop.patch(`/users/${admin.user.id}`, { role: 'customer', revokeApiKeys: true }),
        as(admin.accessToken, 'post', '/api-keys').send({ name: 'late', scopes: ['admin'] }),
        as(admin.accessToken, 'patch', `/users/${friend.id}`).send({ role: 'superadmin' }),
      ]);
      expect(revoked.status).toBe(200);
      // For three seconds the guard of another replica lets the former superadmin in; the command does not.
      const after = await Promise.all([
        atReplica(admin.accessToken, 'post', '/api-keys').send({ name: 'later', scopes: ['admin'] }),
        atReplica(admin.accessToken, 'patch', `/users/${friend.id}`).send({ role: 'admin' }),
        atReplica(admin.accessToken, 'delete', `/users/${friend.id}/mfa`),
      ]);
      expect(after.map(({ status }) => status)).toEqual([403, 403, 403]);
      expect([201, 401, 403]).toContain(made.status);
      expect([200, 401, 403]).toContain(raised.status);
      const live = await shop.database.query(
        `SELECT 1 FROM api_keys WHERE created_by = 'user:' || $1::text AND revoked_at IS NULL`,
        [admin.user.id],
      );
      expect(live).toEqual([]);
    }
  });
});
