import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countByStatus, Shop } from '../../support/shop.js';
import { PASSWORD, peopleOf, type Session } from './people.js';

describe('who may do what', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());
  const { open, as, email, register, login, customer } = peopleOf(() => shop);

  describe('accounts', () => {
    it('are opened, logged into, read and changed', async () => {
      const address = email();
      const user = await register(` ${address.toUpperCase()} `);
      expect(user).toMatchObject({
        email: address,
        firstName: 'Ada',
        lastName: null,
        role: 'customer',
        emailVerified: false,
        lastLoginAt: null,
      });
      const session = await login(address.toUpperCase());
      expect(session).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, user: { id: user.id, role: 'customer' } });
      expect((await as(session.accessToken, 'get', '/auth/me').expect(200)).body).toMatchObject({
        id: user.id,
        lastLoginAt: expect.any(String),
      });
      const changed = await as(session.accessToken, 'patch', '/auth/me').send({ lastName: 'Lovelace' }).expect(200);
      expect(changed.body).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace' });
      await as(session.accessToken, 'patch', '/auth/me').send({ role: 'superadmin' }).expect(400);
      await as(session.accessToken, 'patch', '/auth/me').send({ email: 'x@y.zz' }).expect(400);
    });

    it('have one owner per email, however it is spelled', async () => {
      const address = email();
      await register(address);
      expect(
        (await open('post', '/auth/register').send({ email: address.toUpperCase(), password: PASSWORD }).expect(409))
          .body.code,
      ).toBe('email-taken');
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          open('post', '/auth/register').send({ email: `same-${address}`, password: PASSWORD, firstName: `${i}` }),
        ),
      );
      expect(countByStatus(answers)).toEqual({ 201: 1, 409: 5 });
    });

    it('can be opened again with the same key, and the answer is only for who knows it all', async () => {
      const body = { email: email(), password: PASSWORD };
      const first = await open('post', '/auth/register').set('Idempotency-Key', 'reg').send(body).expect(201);
      const again = await open('post', '/auth/register').set('Idempotency-Key', 'reg').send(body).expect(201);
      expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true']);
      await open('post', '/auth/register')
        .set('Idempotency-Key', 'reg')
        .send({ email: email(), password: PASSWORD })
        .expect(201);
    });

    it.each([
      ['short', '1234567'],
      ['long', 'x'.repeat(129)],
      ['common', 'Password123!'],
      ['all the same', 'zzzzzzzzzz'],
    ])('refuse a password that is %s', async (_, password) => {
      await open('post', '/auth/register').send({ email: email(), password }).expect(400);
    });

    it.each(['', 'a', 'a@b', '@b.cc', 'a b@c.dd', 'a@b@c.dd', `${'x'.repeat(65)}@y.zz`, 'a\u0000@b.cc'])(
      'refuse %j as an email',
      async (address) => {
        await open('post', '/auth/register').send({ email: address, password: PASSWORD }).expect(400);
      },
    );

    it('keep passwords as argon2id with the parameters that were asked for', async () => {
      const user = await register();
      const [row] = await shop.database.query<{ password_hash: string }>(
        'SELECT password_hash FROM users WHERE id = $1',
        [user.id],
      );
      expect(row!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });

    it('say the same to a wrong email and a wrong password, in about the same time', async () => {
      const user = await register();
      const timed = async (address: string) => {
        const begun = performance.now();
        const answer = await open('post', '/auth/login')
          .send({ email: address, password: 'not the password' })
          .expect(401);
        const { requestId: _, ...body } = answer.body as Record<string, unknown>;
        return { body, ms: performance.now() - begun };
      };
      await timed(email());
      const [known, unknown] = [await timed(user.email), await timed(email())];
      expect(known.body).toEqual(unknown.body);
      const medians = [user.email, ''].map(() => [] as number[]);
      for (let i = 0; i < 5; i++) {
        medians[0]!.push((await timed(user.email)).ms);
        medians[1]!.push((await timed(email())).ms);
      }
      const [a, b] = medians.map((list) => list.sort((x, y) => x - y)[2]!) as [number, number];
      expect(Math.max(a, b) / Math.min(a, b)).toBeLessThan(3);
    });

    it('are closed for a while after ten wrong passwords from one address', async () => {
      const user = await register();
      for (let i = 0; i < 10; i++)
        await open('post', '/auth/login').send({ email: user.email, password: 'wrong wrong' }).expect(401);
      const limited = await open('post', '/auth/login').send({ email: user.email, password: PASSWORD }).expect(429);
      expect(limited.body.code).toBe('rate-limited');
      expect(Number(limited.headers['retry-after'])).toBeGreaterThan(60);
    });

    it('are closed as soon for many who guess at once', async () => {
      const user = await register();
      const guesses = await Promise.all(
        Array.from({ length: 30 }, () =>
          open('post', '/auth/login').send({ email: user.email, password: 'wrong wrong' }),
        ),
      );
      expect(countByStatus(guesses)).toEqual({ 401: 10, 429: 20 });
    });

    it('are not opened without end from one address', async () => {
      const limited = await Shop.open({ registrationLimit: { requests: 2, seconds: 60 } });
      const answers = [];
      for (let i = 0; i < 3; i++)
        answers.push(await limited.post('/auth/register', { email: `${i}-${email()}`, password: PASSWORD }));
      expect(countByStatus(answers)).toEqual({ 201: 2, 429: 1 });
      await limited.close();
    });
  });

  describe('sessions', () => {
    it('go on with each refresh token once', async () => {
      const session = await customer();
      const next = (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(200))
        .body as Session;
      expect(next.refreshToken).not.toBe(session.refreshToken);
      const third = (await open('post', '/auth/refresh').send({ refreshToken: next.refreshToken }).expect(200))
        .body as Session;
      await as(third.accessToken, 'get', '/auth/me').expect(200);
      // The first token is spent and its successor was used: that is theft, and ends everything.
      expect(
        (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(401)).body.code,
      ).toBe('refresh-token-reused');
      expect(
        (await open('post', '/auth/refresh').send({ refreshToken: third.refreshToken }).expect(401)).body.code,
      ).toBe('unauthenticated');
      const reused = await shop.database.query<{ data: { userId: string } }>(
        `SELECT data FROM events WHERE type = 'session.refresh_reused'`,
      );
      expect(reused.map(({ data }) => data.userId)).toContain(session.user.id);
    });

    it('give a lost answer again, and twenty at once one successor', async () => {
      const session = await customer();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => open('post', '/auth/refresh').send({ refreshToken: session.refreshToken })),
      );
      expect(countByStatus(answers)).toEqual({ 200: 20 });
      expect(new Set(answers.map((answer) => (answer.body as Session).refreshToken)).size).toBe(1);
    });

    it('are over when a spent token comes after the grace', async () => {
      const session = await customer();
      const next = (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(200))
        .body as Session;
      await shop.database.query(
        `UPDATE refresh_tokens SET spent_at = spent_at - interval '21 seconds' WHERE spent_at IS NOT NULL`,
      );
      expect(
        (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(401)).body.code,
      ).toBe('refresh-token-reused');
      await open('post', '/auth/refresh').send({ refreshToken: next.refreshToken }).expect(401);
    });

    it('end at once for refreshing when the user logs out', async () => {
      const session = await customer();
      await as(session.accessToken, 'post', '/auth/logout').expect(204);
      await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(401);
    });

    it('are not opened by tokens that are expired, of another type, algorithm, key or audience', async () => {
      const { decodeJwt, SignJWT } = await import('jose');
      const { createHash } = await import('node:crypto');
      const secret = 'dev_jwt_secret_for_the_embedded_demo_only';
      const { user, accessToken } = await customer();
      const { sid } = decodeJwt(accessToken);
      const { sid: another } = decodeJwt((await customer()).accessToken);
      const kid = createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 16);
      const make = (
        changes: {
          header?: object;
          audience?: string;
          expires?: number;
          key?: string;
          sid?: unknown;
          role?: unknown;
        } = {},
      ) =>
        new SignJWT({ role: changes.role ?? 'superadmin', sid: 'sid' in changes ? changes.sid : sid })
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid, ...changes.header })
          .setSubject(user.id)
          .setIssuer('quittance')
          .setAudience(changes.audience ?? 'quittance-api')
          .setIssuedAt()
          .setExpirationTime(Math.floor(Date.now() / 1000) + (changes.expires ?? 60))
          .sign(new TextEncoder().encode(changes.key ?? secret));
      await as(await make(), 'get', '/auth/me').expect(200);
      // What a token says of a role is not believed.
      await as(await make(), 'get', '/users').expect(403);
      for (const wrong of [
        { header: { typ: 'JWT' } },
        { header: { alg: 'HS512' } },
        { header: { kid: 'other' } },
        { audience: 'other' },
        { expires: -10 },
        { key: 'x'.repeat(41) },
        { sid: another },
        { role: 'king' },
        { role: 'toString' },
        { sid: randomUUID() },
        { sid: 'none' },
        { sid: undefined },
      ]) {
        await as(await make(wrong), 'get', '/auth/me').expect(401);
      }
      const [header, payload] = (await make()).split('.');
      await as(`${header}.${payload}.`, 'get', '/auth/me').expect(401);
      await as(
        `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid })).toString('base64url')}.${payload}.`,
        'get',
        '/auth/me',
      ).expect(401);
    });
  });
});
