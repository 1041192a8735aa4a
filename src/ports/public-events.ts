import type { JsonObject } from '#kernel/json.js';

/** An event type that merchants may be told: what it means, and what its data looks like (JSON Schema 2020-12). */
export interface PublicEvent {
  readonly description: string;
  readonly properties: Readonly<Record<string, JsonObject>>;
  /** Members that are not always there. */
  readonly optional?: readonly string[];
  readonly example: JsonObject;
}

export type PublicEvents<Type extends string> = Readonly<Partial<Record<Type, PublicEvent>>>;

export const uuid: JsonObject = { type: 'string', format: 'uuid' };
export const text: JsonObject = { type: 'string' };
export const amount: JsonObject = { type: 'integer', description: 'In minor units of the currency' };
export const count: JsonObject = { type: 'integer' };
export const flag: JsonObject = { type: 'boolean' };
export const currency: JsonObject = { type: 'string', description: 'ISO 4217', pattern: '^[A-Z]{3}$' };

export function nullable(schema: JsonObject): JsonObject {
  return { ...schema, type: [schema['type'] as string, 'null'] };
}

export function oneOf(...values: readonly string[]): JsonObject {
  return { type: 'string', enum: values };
}

export function listOf(items: JsonObject): JsonObject {
  return { type: 'array', items };
}

/** The schema of an event's data. Members may be added later, so unknown ones are to be ignored. */
export function schemaOf({ properties, optional = [] }: PublicEvent): JsonObject {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties, additionalProperties: true };
}
