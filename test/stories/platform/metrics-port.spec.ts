import { expect, it } from '@jest/globals';
import { Shop } from '../../support/shop.js';

it('metrics have a port of their own where one is asked for, with the token where there is one', async () => {
  const shop = await Shop.open({ metricsPort: 0, metricsToken: 'a token for the scraper' });
  const { metricsPort } = shop.application;
  const scrape = (path: string, token?: string) =>
    fetch(`http://127.0.0.1:${metricsPort}${path}`, {
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
    });
  const answer = await scrape('/metrics', 'a token for the scraper');
  expect([answer.status, (await answer.text()).includes('http_request_duration_seconds')]).toEqual([200, true]);
  expect((await scrape('/metrics')).status).toBe(401);
  expect((await scrape('/metrics', 'another')).status).toBe(401);
  expect((await scrape('/api/v1/products', 'a token for the scraper')).status).toBe(404);
  await shop.close();
  await expect(scrape('/metrics')).rejects.toThrow();
});
