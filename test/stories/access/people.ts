import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import type { Shop } from '../../support/shop.js';

export interface Session {
  accessToken: string;
  refreshToken: string;
  user: { id: string; email: string; role: string };
}

export const PASSWORD = 'a long and quiet sentence';

/** Short words for customers and staff of a shop, and what they may ask. */

export function peopleOf(shopNow: () => Shop) {
  const open = (method: 'get' | 'post' | 'patch' | 'delete' | 'put', path: string) =>
    supertest(shopNow().url)[method](path.startsWith('/api/') || path.startsWith('/health') ? path : `/api/v1${path}`);
  const as = (token: string, method: 'get' | 'post' | 'patch' | 'delete', path: string) =>
    open(method, path).set('Authorization', `Bearer ${token}`);
  const email = () => `${randomUUID().slice(0, 8)}@example.com`;
  const register = async (address = email()) =>
    (await open('post', '/auth/register').send({ email: address, password: PASSWORD, firstName: 'Ada' }).expect(201))
      .body as Session['user'];
  const login = async (address: string, password = PASSWORD) =>
    (await open('post', '/auth/login').send({ email: address, password }).expect(200)).body as Session;
  const customer = async () => login((await register()).email);
  const staff = async (role: 'admin' | 'superadmin') => {
    const user = await register();
    await shopNow().patch(`/users/${user.id}`, { role }).expect(200);
    return login(user.email);
  };
  const apiKey = async (list: readonly string[], more = {}) =>
    (
      await shopNow()
        .post('/api-keys', { name: 'test', scopes: list, ...more })
        .expect(201)
    ).body as {
      id: string;
      key: string;
    };
  return { open, as, email, register, login, customer, staff, apiKey };
}
