import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop } from '../../support/shop.js';
interface Letter {
  id: string;
  subscriber: string;
  attempts: number;
  lastError: string;
  event: { id: string; type: string; subjectId: string };
}

describe('the operator of the shop', () => {
  let shop: Shop;
  let receiver: Receiver;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true, webhookRetrySchedule: [0, 0] });
  });
  afterAll(async () => {
    // What came due in the time that was let pass is still on its way.
    await shop.ownReactionsAreDone(0);
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(() => receiver.close());

  describe('has dead letters', () => {
    const letters = async () =>
      ((await shop.get('/operations/dead-letters?limit=100').expect(200)).body as { data: Letter[] }).data;
    /** A payment whose outcome cannot be posted. */
    const failToPost = async () => {
      receiver.statuses = [500, 500];
      const { body } = await shop
        .post('/payments', { amount: 700, currency: 'USD', paymentMethodId: 'pm_card_visa', webhookUrl: receiver.url })
        .expect(202);
      const { id } = body as { id: string };
      return (await eventually(letters, (all) => all.some(({ event }) => event.subjectId === id))).find(
        ({ event }) => event.subjectId === id,
      )!;
    };

    it('and has them tried again', async () => {
      const letter = await failToPost();
      expect(letter).toMatchObject({
        subscriber: 'webhooks.post-payment-outcome',
        attempts: 2,
        lastError: 'The receiver answered 500.',
      });
      const key = randomUUID();
      const { body } = await shop.post(`/operations/dead-letters/${letter.id}/retry`, {}, key).expect(202);
      expect(body).toMatchObject({ id: letter.id });
      await eventually(
        async () => receiver.received.length,
        (count) => count === 3,
      );
      expect(await letters()).toEqual([]);
      await shop.post(`/operations/dead-letters/${letter.id}/retry`).expect(404);
      await shop.post(`/operations/dead-letters/${letter.id}/retry`, {}, key).expect(202);
      expect(receiver.received).toHaveLength(3);
    });

    it('and discards them, saying why', async () => {
      const letter = await failToPost();
      const { dead } = (await shop.get('/operations/outbox')).body as { dead: number };
      await shop.post(`/operations/dead-letters/${letter.id}/discard`, { reason: 'told by phone' }).expect(200);
      expect(((await shop.get('/operations/outbox')).body as { dead: number }).dead).toBe(dead - 1);
      const { data } = (await shop.get(`/events?subjectId=${letter.id}`).expect(200)).body as {
        data: { type: string; data: object }[];
      };
      expect(data).toMatchObject([
        {
          type: 'dead_letter.discarded',
          data: { reason: 'told by phone', subscriber: 'webhooks.post-payment-outcome', eventId: letter.event.id },
        },
      ]);
      await shop.post(`/operations/dead-letters/${letter.id}/discard`).expect(404);
    });

    it('tried again by one of many who ask at once', async () => {
      const letter = await failToPost();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => shop.post(`/operations/dead-letters/${letter.id}/retry`)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 404, 404, 404, 404, 404, 404, 404]);
      await eventually(
        async () => receiver.received.length,
        (count) => count === 3,
      );
    });
  });
});
