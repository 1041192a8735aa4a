import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lint } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { OpenAPIObject } from '@nestjs/swagger';
import { allProblems, findProblem } from '#kernel/errors.js';
import { describeApi } from '#app/describe-api.js';

describe('the OpenAPI document', () => {
  let document: OpenAPIObject;
  beforeAll(async () => {
    document = JSON.parse(JSON.stringify(await describeApi())) as OpenAPIObject;
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, any>).map(([method, operation]) => ({ path, method, operation })),
    );

  it('equals the committed one (npm run openapi writes it)', () => {
    expect(document).toEqual(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
  });

  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(
      await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>),
    ).toMatchObject({ valid: true });
    expect(JSON.stringify(document)).not.toContain('"nullable"');
  });

  it('follows every recommended rule of Redocly', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    // `methods` is no id of a payment, and the router takes a fixed part before a parameter.
    const isKnown = (message: string) =>
      message.endsWith('`/api/v1/payments/methods/{id}` and `/api/v1/payments/{id}/refunds`.');
    const problems = (await lint({ ref: 'docs/openapi.json', config })).filter(({ message }) => !isKnown(message));
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it('shows each problem as it looks, with its own status', () => {
    let seen = 0;
    for (const { operation } of operations())
      for (const [status, response] of Object.entries<any>(operation.responses))
        for (const [code, { value }] of Object.entries<any>(
          response.content?.['application/problem+json']?.examples ?? {},
        )) {
          expect(value).toMatchObject({ code, status: Number(status), type: `/problems/${code}` });
          seen++;
        }
    expect(seen).toBeGreaterThan(100);
  });

  it('describes every operation: summary, id, success, problems', () => {
    expect(operations().length).toBeGreaterThanOrEqual(18);
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, method, operation } of operations()) {
      expect([path, method, operation.summary?.length > 10]).toEqual([path, method, true]);
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => status.startsWith('2'))).toBe(true);
      if (path.startsWith('/api/'))
        expect([path, method, statuses.some((status) => status.startsWith('4'))]).toEqual([path, method, true]);
    }
  });

  it('names only problems that exist, and every problem of the business is named somewhere', () => {
    const named = new Set(
      [...JSON.stringify(document.paths).matchAll(/"enum":\[((?:"[a-z-]+",?)+)\]/g)]
        .flatMap((match) => match[1]!.split(',').map((code) => code.replaceAll('"', '')))
        .filter((code) => code.includes('-')),
    );
    for (const code of named) expect([code, Boolean(findProblem(code))]).toEqual([code, true]);
    const ofHttp = [
      'malformed-request',
      'method-not-allowed',
      'request-timeout',
      'uri-too-long',
      'headers-too-large',
      'internal',
    ];
    const text = JSON.stringify(document.paths);
    expect(
      allProblems()
        .map(({ code }) => code)
        .filter((code) => !ofHttp.includes(code) && !text.includes(`"${code}"`)),
    ).toEqual([]);
  });
});
