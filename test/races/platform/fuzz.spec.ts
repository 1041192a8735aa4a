import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seedDemoShop } from '#app/demo-shop.js';
import { findProblem } from '#kernel/errors.js';
import { KEY, Shop } from '../../support/shop.js';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; schema?: { example?: string; type?: string } }[];
  requestBody?: { content: Record<string, { examples?: Record<string, { value: object }> }> };
}

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_120);
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 12);
const PATIENCE_MS = 10_000;

/** Texts that are put into the body as they stand, because JSON.stringify could not write them. */
const rawValues = [
  '-0',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '123456789012345678901234567890',
  '"\\ud800"',
  '"\\u0000"',
  '{"__proto__":{"a":1}}',
  '[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]',
];
const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    ' ',
    '\u202e',
    0,
    -1,
    0.5,
    2 ** 31,
    2 ** 53,
    -(2 ** 53),
    [],
    {},
    [null],
    'null',
    'NaN',
    'Infinity',
    '../../etc/passwd',
    `'; DROP TABLE orders; --`,
    '<script>',
    '%s%n',
    '\r\nX-Evil: 1',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ minLength: 300, maxLength: 2_000 }),
  fc.array(fc.integer(), { maxLength: 150 }),
  fc.double(),
  fc.bigInt().map(String),
  fc.dictionary(fc.string({ maxLength: 10 }), fc.anything({ maxDepth: 2 }), { maxKeys: 5 }),
  fc.jsonValue({ maxDepth: 5 }),
);
const inAddress = fc.oneof(
  fc.constantFrom(
    '',
    '%',
    '%00',
    '%ff',
    '..',
    '.',
    '%2e%2e%2f',
    'null',
    '0',
    '-1',
    '💥',
    'a'.repeat(600),
    '01939d00-0000-7000-8000-00000000010',
    '01939D00-0000-7000-8000-000000000101',
    '[object Object]',
    `' OR 1=1`,
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

describe('whatever is sent to any operation', () => {
  let shop: Shop;
  const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })));

  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true });
    await seedDemoShop(shop.application.nest);
  });
  afterAll(() => shop.close());

  it.each(operations.map(({ path, method, operation }) => [operation.operationId, method, path, operation] as const))(
    'is answered at once and never with a fault of ours: %s',
    async (operationId, method, path, operation) => {
      const example = Object.values(operation.requestBody?.content['application/json']?.examples ?? {})[0]?.value ?? {};
      const members = Object.keys(example);
      const queries = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query')
        .map(({ name }) => name);
      /** The example with one member spoiled, or a body that is nothing like it. */
      const body = fc.oneof(
        {
          weight: 4,
          arbitrary: fc
            .tuple(fc.constantFrom(...(members.length > 0 ? members : ['x'])), hostile)
            .map(([name, value]) => JSON.stringify({ ...example, [name]: value })),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(fc.constantFrom(...(members.length > 0 ? members : ['x'])), fc.constantFrom(...rawValues))
            .map(
              ([name, raw]) =>
                `{${members
                  .filter((m) => m !== name)
                  .map((m) => `${JSON.stringify(m)}:${JSON.stringify((example as Record<string, unknown>)[m])},`)
                  .join('')}${JSON.stringify(name)}:${raw}}`,
            ),
        },
        hostile.map((value) => JSON.stringify(value) ?? ''),
        fc.constantFrom(...rawValues, '{', '{"a":1,"a":2}', '\u0000', '[]', '"text"', '{"a":'),
      );
      const request = fc.record({
        body,
        path: fc.option(inAddress, { freq: 4, nil: null }),
        query: fc.dictionary(
          fc.constantFrom(...(queries.length > 0 ? queries : ['x']), 'limit', 'cursor', 'unknown'),
          inAddress,
          { maxKeys: 3 },
        ),
        key: fc.oneof(
          { weight: 6, arbitrary: fc.uuid() },
          fc.constantFrom('', '"', '"unclosed', 'a'.repeat(300), '""', '🗝'),
        ),
        prefer: fc.constantFrom(undefined, 'wait=0', 'wait=999999999', 'wait=-1', 'wait=NaN'),
      });
      await fc.assert(
        fc.asyncProperty(request, async (r) => {
          const filled = (operation.parameters ?? [])
            .filter((parameter) => parameter.in === 'path')
            .reduce(
              (address, { name, schema }) =>
                address.replace(`{${name}}`, encodeURIComponent(r.path ?? schema?.example ?? 'x')),
              path,
            );
          const address = `${shop.url}${filled}?${new URLSearchParams(r.query).toString()}`;
          const headers: Record<string, string> = { 'x-api-key': KEY, 'content-type': 'application/json' };
          if (/^[\x20-\x7e]*$/.test(r.key) && r.key !== '') headers['idempotency-key'] = r.key;
          if (r.prefer) headers['prefer'] = r.prefer;
          const answer = await fetch(address, {
            method: method.toUpperCase(),
            headers,
            ...(method !== 'get' && { body: r.body }),
            signal: AbortSignal.timeout(PATIENCE_MS),
          });
          const text = await answer.text();
          if (answer.status < 400) return;
          const told = `${operationId}: ${answer.status} ${text.slice(0, 300)}`;
          expect([told, answer.status < 500 || answer.status === 503]).toEqual([told, true]);
          expect([told, answer.headers.get('content-type')]).toEqual([told, 'application/problem+json; charset=utf-8']);
          const problem = JSON.parse(text) as { code: string; status: number; requestId: string };
          expect([told, Boolean(findProblem(problem.code)), problem.status, problem.requestId.length > 7]).toEqual([
            told,
            true,
            answer.status,
            true,
          ]);
          expect(text).not.toMatch(/node_modules|at Object\.|\.ts:\d/);
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    },
    60_000,
  );
});
