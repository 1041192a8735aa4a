import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Shop } from '../../support/shop.js';
import { PASSWORD, peopleOf } from './people.js';

const KEPT_SECONDS = 4;

describe('rights that were taken away', () => {
  let shop: Shop;
  const { open, as, register, login, customer, staff } = peopleOf(() => shop);
  beforeAll(async () => {
    shop = await Shop.open();
    await staff('superadmin'); // one stays
  });
  afterAll(() => shop.close());

  it('end with the session, access tokens included', async () => {
    const session = await customer();
    await as(session.accessToken, 'get', '/auth/me').expect(200).expect('Cache-Control', 'no-store');
    await as(session.accessToken, 'post', '/auth/logout').expect(204);
    await as(session.accessToken, 'get', '/auth/me').expect(401);
  });

  it('end with the role', async () => {
    const admin = await staff('superadmin');
    await as(admin.accessToken, 'get', '/users').expect(200);
    await shop.patch(`/users/${admin.user.id}`, { role: 'customer' }).expect(200);
    await shop.pass(KEPT_SECONDS);
    await as(admin.accessToken, 'get', '/users').expect(401);
    const again = await login(admin.user.email);
    await as(again.accessToken, 'get', '/users').expect(403);
  });

  it('end when the account is disabled, and come back with it', async () => {
    const session = await customer();
    expect((await shop.patch(`/users/${session.user.id}`, { status: 'disabled' }).expect(200)).body.status).toBe(
      'disabled',
    );
    await shop.pass(KEPT_SECONDS);
    await as(session.accessToken, 'get', '/auth/me').expect(401);
    await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(401);
    await open('post', '/auth/login').send({ email: session.user.email, password: PASSWORD }).expect(401);
    await shop.patch(`/users/${session.user.id}`, { status: 'active' }).expect(200);
    await login(session.user.email);
  });

  it('end with the account', async () => {
    const session = await customer();
    await as(session.accessToken, 'delete', '/auth/me').expect(204);
    await shop.pass(KEPT_SECONDS);
    await as(session.accessToken, 'get', '/auth/me').expect(401);
  });

  it('are not kept in keys: those of a user are listed, and revoked with them', async () => {
    const admin = await staff('superadmin');
    const made = await as(admin.accessToken, 'post', '/api-keys')
      .send({ name: 'kept', scopes: ['admin'] })
      .expect(201);
    const { key, id } = made.body as { key: string; id: string };
    const listed = await shop.get(`/api-keys?createdBy=user:${admin.user.id}`).expect(200);
    expect((listed.body as { data: { id: string }[] }).data.map((found) => found.id)).toEqual([id]);
    await open('get', '/users').set('X-Api-Key', key).expect(200);
    await shop.patch(`/users/${admin.user.id}`, { role: 'customer', revokeApiKeys: true }).expect(200);
    await shop.pass(KEPT_SECONDS);
    await open('get', '/users').set('X-Api-Key', key).expect(401);
  });

  it('end with time: a session of staff lasts 12 hours, one of a customer 90 days', async () => {
    const [admin, buyer] = [await staff('admin'), await customer()];
    await shop.pass(12 * 3600 + KEPT_SECONDS);
    await open('post', '/auth/refresh').send({ refreshToken: admin.refreshToken }).expect(401);
    const next = (await open('post', '/auth/refresh').send({ refreshToken: buyer.refreshToken }).expect(200)).body as {
      accessToken: string;
    };
    await as(next.accessToken, 'get', '/auth/me').expect(200);
  });

  it('end one session at a time, and all others with a new password', async () => {
    const user = await register();
    const [first, second, third] = [await login(user.email), await login(user.email), await login(user.email)];
    const list = async (token: string) =>
      ((await as(token, 'get', '/auth/sessions').expect(200)).body as { data: { id: string; isCurrent: boolean }[] })
        .data;
    const sessions = await list(third.accessToken);
    expect(sessions).toHaveLength(3);
    expect(sessions.map(({ isCurrent }) => isCurrent)).toEqual([true, false, false]);
    await as(third.accessToken, 'delete', `/auth/sessions/${sessions[2]!.id}`).expect(204);
    await as(third.accessToken, 'delete', `/auth/sessions/${sessions[2]!.id}`).expect(404);
    const other = await customer();
    const [theirs] = await list(other.accessToken);
    await as(third.accessToken, 'delete', `/auth/sessions/${theirs!.id}`).expect(404);
    await shop.pass(KEPT_SECONDS);
    await as(first.accessToken, 'get', '/auth/me').expect(401);
    await as(second.accessToken, 'get', '/auth/me').expect(200);
    const change = (current: string, password: string) =>
      as(third.accessToken, 'post', '/auth/me/password').send({ current, password });
    await change('not the password', 'another long sentence').expect(401);
    await change(PASSWORD, 'password123').expect(400);
    await change(PASSWORD, 'another long sentence').expect(204);
    await shop.pass(KEPT_SECONDS);
    await as(second.accessToken, 'get', '/auth/me').expect(401);
    await as(third.accessToken, 'get', '/auth/me').expect(200);
    await open('post', '/auth/login').send({ email: user.email, password: PASSWORD }).expect(401);
    await login(user.email, 'another long sentence');
  });
});
