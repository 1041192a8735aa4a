import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { afterAttempt, closed, slots, type Breaker } from '#modules/webhooks/domain/breaker.js';
import { messageOf, secondsUntilNext } from '#modules/webhooks/domain/delivery.js';
import {
  changeEndpoint,
  matches,
  newEndpoint,
  noteAttempts,
  rotateSecret,
  signingSecrets,
  type AttemptOutcome,
  type Endpoint,
} from '#modules/webhooks/domain/endpoint.js';

const HOUR = 3_600_000;
const start = new Date('2026-11-20T12:00:00Z');
const later = (hours: number) => new Date(start.getTime() + hours * HOUR);
const hmac = (number: number) => ({ secret: `whsec_${number}`, signingKey: null });
const fresh = newEndpoint(
  {
    id: '01939d00-0000-7000-8000-000000000001',
    url: 'https://example.com/',
    description: null,
    headers: {},
    events: ['*'],
    secret: 'whsec_1',
    signingKey: null,
  },
  start,
).endpoint;

describe('a pattern', () => {
  it.each([
    [['*'], 'order.placed', true],
    [['order.*'], 'order.placed', true],
    [['order.*'], 'payment.succeeded', false],
    [['order.placed'], 'order.placed', true],
    [['order.placed'], 'order.canceled', false],
    [['payment.succeeded', 'order.*'], 'order.canceled', true],
    [['orde.*'], 'order.placed', false],
    [[], 'order.placed', false],
  ])('%j means %s: %s', (patterns, type, expected) => {
    expect(matches(patterns, type)).toBe(expected);
  });
});

describe('the schedule', () => {
  const schedule = [0, 5, 300, 1800];
  it.each([
    [1, null, 0.5, 5],
    [1, null, 0, 4.5],
    [1, null, 1, 5.5],
    [2, null, 0.5, 300],
    [3, null, 0.5, 1800],
    [4, null, 0.5, null],
    [9, 60, 0.5, null],
    [1, 60, 0, 60],
    [1, 60, 1, 66],
    [2, 60, 0.5, 300],
    [1, 1e9, 0.5, 86_400],
  ])('after attempt %i with Retry-After %s', (attempt, retryAfter, random, expected) => {
    expect(secondsUntilNext(schedule, attempt, retryAfter, random)).toBe(expected);
  });
});

describe('the breaker', () => {
  /** Each failure at the moment at which it may be tried again. */
  const fail = (times: number, from: Breaker = closed) =>
    Array.from({ length: times }).reduce<Breaker>(
      (breaker) => afterAttempt(breaker, false, breaker.openUntil ?? 0),
      from,
    );
  const waits = (times: number) => fail(times).openUntil! - (fail(times - 1).openUntil ?? 0);

  it('opens after ten failures in a row, lets one through to see, and looks less and less often', () => {
    expect(slots(fail(9), 0, 32)).toBe(32);
    const open = fail(10);
    expect([slots(open, 0, 32), slots(open, 999, 32), slots(open, 1000, 32)]).toEqual([0, 0, 1]);
    expect([10, 11, 12, 13, 16, 17, 100].map(waits)).toEqual([1000, 2000, 4000, 8000, 60_000, 60_000, 60_000]);
  });

  it('does not count what was under way already when it opened', () => {
    const open = fail(10);
    expect(afterAttempt(open, false, 500)).toBe(open);
  });

  it('closes with one success', () => {
    expect(afterAttempt(fail(50), true, 0)).toBe(closed);
  });
});

describe('an endpoint', () => {
  const note = (endpoint: Endpoint, outcomes: AttemptOutcome[], at: Date) =>
    noteAttempts(endpoint, outcomes, at)?.endpoint ?? endpoint;

  it('is disabled after 120 hours of nothing but failures, and not a moment sooner', () => {
    const failing = note(fresh, ['failed'], start);
    expect(failing.failingSince).toEqual(start);
    expect(note(failing, ['failed'], later(119.99)).status).toBe('enabled');
    expect(note(failing, ['failed', 'failed'], later(120))).toMatchObject({
      status: 'disabled',
      disabledReason: 'failing',
    });
  });

  it('starts anew with one success, also among failures', () => {
    const failing = note(fresh, ['failed'], start);
    const recovered = note(failing, ['failed', 'delivered', 'failed'], later(119));
    expect(recovered.failingSince).toBeNull();
    expect(note(recovered, ['failed'], later(121)).status).toBe('enabled');
  });

  it('is disabled by 410 at once, whatever else came', () => {
    expect(note(fresh, ['delivered', 'gone'], start)).toMatchObject({ status: 'disabled', disabledReason: 'gone' });
  });

  it('says nothing new when it does well, or is disabled already', () => {
    expect(noteAttempts(fresh, ['delivered'], start)).toBeNull();
    expect(noteAttempts({ ...fresh, status: 'disabled', disabledReason: 'requested' }, ['gone'], start)).toBeNull();
  });

  it('forgets its failures when it is enabled again or moves', () => {
    const disabled: Endpoint = { ...fresh, status: 'disabled', disabledReason: 'failing', failingSince: start };
    expect(changeEndpoint(disabled, { status: 'enabled' }, later(1))!.endpoint).toMatchObject({
      status: 'enabled',
      disabledReason: null,
      failingSince: null,
    });
    expect(
      changeEndpoint({ ...fresh, failingSince: start }, { url: 'https://example.org/' }, later(1))!.endpoint
        .failingSince,
    ).toBeNull();
    expect(changeEndpoint(fresh, { events: ['*'] }, later(1))).toBeNull();
  });

  it('signs with every secret that was rotated out less than 24 hours ago', () => {
    const second = rotateSecret(fresh, hmac(2), start).endpoint;
    const third = rotateSecret(second, hmac(3), later(12)).endpoint;
    expect(signingSecrets(third, later(12))).toEqual(['whsec_3', 'whsec_2', 'whsec_1']);
    expect(signingSecrets(third, later(24))).toEqual(['whsec_3', 'whsec_2']);
    expect(signingSecrets(third, later(36))).toEqual(['whsec_3']);
    expect(JSON.stringify(rotateSecret(third, hmac(4), later(13)).event)).not.toContain('whsec');
  });

  it('never tells a secret in an event, whatever happens to it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<AttemptOutcome>('delivered', 'failed', 'gone'), { minLength: 1 }),
        fc.nat(200),
        (outcomes, hours) => {
          const noted = noteAttempts(fresh, outcomes, later(hours));
          expect(JSON.stringify(noted?.event ?? null)).not.toContain('whsec');
        },
      ),
    );
  });
});

it('a message is the same bytes however often it is made', () => {
  const event = {
    id: 'e',
    type: 'order.placed',
    subject: { type: 'order', id: 'o' },
    sequence: 3,
    data: { b: 1, a: 'ü' },
    occurredAt: start,
    requestId: null,
    causedBy: null,
    actor: null,
  };
  expect(messageOf(event).toString()).toBe(
    '{"id":"e","type":"order.placed","timestamp":"2026-11-20T12:00:00.000Z","sequence":3,"data":{"b":1,"a":"ü"}}',
  );
  expect(messageOf(event)).toEqual(messageOf({ ...event }));
});
