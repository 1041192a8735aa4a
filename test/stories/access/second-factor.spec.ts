import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOTP, Secret, URI } from 'otpauth';
import { Shop } from '../../support/shop.js';
import { PASSWORD, peopleOf } from './people.js';

/** What an authenticator app shows for the address that it was given. */
function codeOf(uri: string, aheadMs = 0): string {
  return (URI.parse(uri) as TOTP).generate({ timestamp: Date.now() + aheadMs });
}

describe('the second factor of staff', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());
  const { open, as, customer, staff } = peopleOf(() => shop);
  const logIn = (email: string, code?: string) =>
    open('post', '/auth/login').send({ email, password: PASSWORD, ...(code !== undefined && { code }) });
  const enroll = async (token: string) => {
    const { body } = await as(token, 'post', '/auth/mfa').send({}).expect(201);
    return body as { secret: string; otpauthUri: string; recoveryCodes: string[] };
  };

  it('is asked for at every login once a first code has confirmed it', async () => {
    const { accessToken, user } = await staff('admin');
    const { otpauthUri, secret, recoveryCodes } = await enroll(accessToken);
    expect(recoveryCodes).toHaveLength(10);
    const stored = JSON.stringify(await shop.database.query('SELECT * FROM user_mfa'));
    expect([stored.includes(secret), stored.includes(recoveryCodes[0]!)]).toEqual([false, false]);
    // Not confirmed yet: nobody is locked out by half an enrollment.
    await logIn(user.email).expect(200);
    await as(accessToken, 'post', '/auth/mfa/confirm').send({ code: '000000' }).expect(401);
    const first = codeOf(otpauthUri, -30_000);
    await as(accessToken, 'post', '/auth/mfa/confirm').send({ code: first }).expect(204);

    expect((await logIn(user.email).expect(401)).body.code).toBe('mfa-required');
    expect((await logIn(user.email, first).expect(401)).body.code).toBe('mfa-invalid');
    const now = codeOf(otpauthUri);
    const together = await Promise.all([1, 2, 3].map(() => logIn(user.email, now)));
    expect(together.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    await as(accessToken, 'post', '/auth/mfa').send({}).expect(409);
  });

  it('is replaced once by each recovery code', async () => {
    const { accessToken, user } = await staff('admin');
    const { otpauthUri, recoveryCodes } = await enroll(accessToken);
    await as(accessToken, 'post', '/auth/mfa/confirm')
      .send({ code: codeOf(otpauthUri) })
      .expect(204);
    await logIn(user.email, recoveryCodes[0]!.toUpperCase()).expect(200);
    await logIn(user.email, recoveryCodes[0]).expect(401);
    expect((await as(accessToken, 'get', '/auth/mfa').expect(200)).body).toMatchObject({ recoveryCodesLeft: 9 });
  });

  it('is removed by its user, or by a superadmin when it is lost', async () => {
    const { accessToken, user } = await staff('admin');
    const { otpauthUri } = await enroll(accessToken);
    await as(accessToken, 'post', '/auth/mfa/confirm')
      .send({ code: codeOf(otpauthUri) })
      .expect(204);
    await shop.delete(`/users/${user.id}/mfa`).expect(204);
    await logIn(user.email).expect(200);
    const again = await enroll(accessToken);
    await as(accessToken, 'post', '/auth/mfa/confirm')
      .send({ code: codeOf(again.otpauthUri) })
      .expect(204);
    await shop.database.query(`UPDATE sessions SET authenticated_at = authenticated_at - interval '16 minutes'`);
    await as(accessToken, 'delete', '/auth/mfa').expect(403);
    await as(accessToken, 'post', '/auth/reauthenticate').send({ password: PASSWORD }).expect(401);
    const code = codeOf(again.otpauthUri, 30_000);
    await as(accessToken, 'post', '/auth/reauthenticate').send({ password: PASSWORD, code }).expect(204);
    await as(accessToken, 'delete', '/auth/mfa').expect(204);
    const types = (await shop.eventsOf(user.id)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['user.mfa_enrolled', 'user.mfa_removed']));
  });

  it('is not for customers, and guesses of it count as failed logins', async () => {
    const { accessToken } = await customer();
    await as(accessToken, 'post', '/auth/mfa').send({}).expect(403);
    const admin = await staff('admin');
    const { otpauthUri } = await enroll(admin.accessToken);
    await as(admin.accessToken, 'post', '/auth/mfa/confirm')
      .send({ code: codeOf(otpauthUri) })
      .expect(204);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await logIn(admin.user.email, `00000${i % 10}`)).status);
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });

  it('counts guesses of it as failed logins also where the password is shown again', async () => {
    const admin = await staff('admin');
    const { otpauthUri } = await enroll(admin.accessToken);
    await as(admin.accessToken, 'post', '/auth/mfa/confirm')
      .send({ code: codeOf(otpauthUri) })
      .expect(204);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) {
      const guess = { password: PASSWORD, code: `00000${i % 10}` };
      statuses.push((await as(admin.accessToken, 'post', '/auth/reauthenticate').send(guess)).status);
    }
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });

  it('can be demanded: without it staff reach their own account only', async () => {
    const strict = await Shop.open({ staffMfa: 'required' });
    const people = peopleOf(() => strict);
    const { accessToken, user } = await people.staff('admin');
    const refused = await people.as(accessToken, 'get', '/orders').expect(403);
    expect(refused.body.code).toBe('mfa-enrollment-required');
    await people.as(accessToken, 'get', '/auth/me').expect(200);
    const { body } = await people.as(accessToken, 'post', '/auth/mfa').send({}).expect(201);
    await people
      .as(accessToken, 'post', '/auth/mfa/confirm')
      .send({ code: codeOf(body.otpauthUri) })
      .expect(204);
    await people.as(accessToken, 'get', '/orders').expect(200);
    const shopper = await people.customer();
    await people.as(shopper.accessToken, 'get', '/orders').expect(200);
    expect(user.role).toBe('admin');
    await strict.close();
  });

  it('speaks RFC 6238: its test vector', () => {
    const totp = new TOTP({
      secret: Secret.fromUTF8('12345678901234567890'),
      digits: 8,
      period: 30,
      algorithm: 'SHA1',
    });
    expect(totp.generate({ timestamp: 59_000 })).toBe('94287082');
  });
});
