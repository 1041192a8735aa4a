import type { Json, JsonObject } from './json.js';

declare const valueType: unique symbol;
declare const isOptional: unique symbol;

/** A JSON Schema (2020-12) together with the TypeScript type of the values that it describes. */
export interface Schema<T> {
  readonly json: JsonObject;
  /** Exists for the compiler only. */
  readonly [valueType]?: T;
}

/** A member that may be left out. */
export interface OptionalSchema<T> extends Schema<T> {
  readonly [isOptional]: true;
}

export type ValueOf<S> = S extends Schema<infer T> ? T : never;

type Members = Readonly<Record<string, Schema<unknown>>>;
type OptionalNames<M extends Members> = { [K in keyof M]: M[K] extends OptionalSchema<unknown> ? K : never }[keyof M];
type ObjectOf<M extends Members> = { readonly [K in Exclude<keyof M, OptionalNames<M>>]: ValueOf<M[K]> } & {
  readonly [K in OptionalNames<M>]?: ValueOf<M[K]>;
};

export const uuid: Schema<string> = { json: { type: 'string', format: 'uuid' } };
export const text: Schema<string> = { json: { type: 'string' } };
/** Text that people write. It may name a person, so it leaves the event log when that person is erased. */
export const freeText: Schema<string> = { json: { type: 'string', 'x-free-text': true } };
export const timestamp: Schema<string> = { json: { type: 'string', format: 'date-time' } };
export const amount: Schema<number> = { json: { type: 'integer', description: 'In minor units of the currency' } };
export const count: Schema<number> = { json: { type: 'integer' } };
export const flag: Schema<boolean> = { json: { type: 'boolean' } };
export const currency: Schema<string> = {
  json: { type: 'string', description: 'ISO 4217', pattern: '^[A-Z]{3}$' },
};
/** Any JSON value. */
export const anything: Schema<Json> = { json: {} };

export function nullable<T>({ json }: Schema<T>): Schema<T | null> {
  return { json: { ...json, type: [json['type'] as string, 'null'] } };
}

export function oneOf<const V extends string>(...values: readonly V[]): Schema<V> {
  return { json: { type: 'string', enum: values } };
}

export function listOf<T>({ json }: Schema<T>): Schema<readonly T[]> {
  return { json: { type: 'array', items: json } };
}

export function optional<T>({ json }: Schema<T>): OptionalSchema<T> {
  return { json, optional: true } as unknown as OptionalSchema<T>;
}

/** The same schema with a sentence about it. */
export function described<S extends Schema<unknown>>(schema: S, description: string): S {
  return { ...schema, json: { ...schema.json, description } };
}

/** One of two shapes. */
export function anyOf<A, B>(a: Schema<A>, b: Schema<B>): Schema<A | B> {
  return { json: { type: 'object', anyOf: [a.json, b.json] } };
}

/** An object with these members. */
export function object<const M extends Members>(members: M): Schema<ObjectOf<M>> {
  const isRequired = (name: string) => !('optional' in members[name]!);
  return {
    json: {
      type: 'object',
      required: Object.keys(members).filter(isRequired),
      properties: Object.fromEntries(Object.entries(members).map(([name, { json }]) => [name, json])),
    },
  };
}
