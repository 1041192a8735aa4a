import type { Json, JsonObject } from '#kernel/json.js';
import type { EventCatalog } from '#ports/events.js';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly 'x-free-text'?: boolean;
}

/** The schema of the data of an event, by the type that is stored with it; one without members for a type that is unknown. */
export function schemaOf(storedType: string, catalog: EventCatalog): JsonObject {
  return catalog.types[catalog.nameOf(storedType)]?.payload.json ?? {};
}

/**
 * The data of an event without a person: free texts are emptied, and what calls them by their id calls them by the pseudonym.
 * The shape stays that of the schema.
 */
export function redacted(data: JsonObject, schema: JsonObject, id: string, pseudonym: string): JsonObject {
  return changed(data, schema, (text) => text.replaceAll(id, pseudonym)) as JsonObject;
}

/** The data of an event with its free texts emptied. */
export function withoutFreeTexts(data: JsonObject, schema: JsonObject): JsonObject {
  return changed(data, schema, (text) => text) as JsonObject;
}

function changed(value: Json, schema: JsonSchema | undefined, rename: (text: string) => string): Json {
  if (value === null) return null;
  if (typeof value === 'string') {
    if (!schema?.['x-free-text']) return rename(value);
    return schema.type?.includes('null') && typeof schema.type !== 'string' ? null : '';
  }
  if (Array.isArray(value)) return value.map((item) => changed(item as Json, schema?.items, rename));
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, changed(member, memberOf(schema, name), rename)]),
  );
}

function memberOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const shapes = [schema, ...(schema?.anyOf ?? [])];
  return shapes.map((shape) => shape?.properties?.[name]).find((found) => found !== undefined);
}
