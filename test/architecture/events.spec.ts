import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { eventsPage } from '#app/describe-events.js';
import { eventTypes } from '#app/event-catalog.js';
import { recipientConsumers, subscriptions } from '#app/subscriptions.js';
import type { EventType } from '#ports/events.js';

const types = Object.entries<EventType<unknown>>(eventTypes);

describe('the events', () => {
  it('are documented as they are: npm run events', () => {
    expect(readFileSync('docs/events.md', 'utf8')).toBe(eventsPage());
  });

  it.each(types)('%s has an example that its schema accepts', (_name, { payload, example }) => {
    const ajv = new Ajv.default({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(payload.json);
    validate(example);
    expect(validate.errors).toBeNull();
  });

  it('have names and aliases of their own, and so have their consumers', () => {
    const names = types.flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    const classes = new Set([
      ...Object.values(subscriptions).flatMap((lines) => lines.map(({ consumer }) => consumer as object)),
      ...recipientConsumers,
    ]) as Set<{ id: string; aliases?: readonly string[] }>;
    const ids = [...classes].flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id } of classes) expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
  });

  it('have payloads that are never cast', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(250);
    const casts = files.filter((file) => /\b(event\.)?data as (unknown|\{)/.test(readFileSync(`src/${file}`, 'utf8')));
    expect(casts).toEqual([]);
  });
});
