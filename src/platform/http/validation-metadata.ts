import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Metadata = ReturnType<Storage['getTargetValidationMetadatas']>;

/**
 * class-validator looks through the rules of every known class for each object that it validates: 3 % of what placing an
 * order costs. Rules are declared when classes are, so what it found for a class once is kept. Classes that are declared
 * later have no entry yet; validation groups are not used here, and asked for by the library itself.
 */
export function keepValidationMetadata(storage: Storage = getMetadataStorage()): void {
  const found = new Map<unknown, Map<string, Metadata>>();
  const grouped = new WeakMap<Metadata, ReturnType<Storage['groupByPropertyName']>>();
  const find = storage.getTargetValidationMetadatas.bind(storage);
  const group = storage.groupByPropertyName.bind(storage);
  storage.getTargetValidationMetadatas = (target, schema, always, strictGroups, groups) => {
    if (groups && groups.length > 0) return find(target, schema, always, strictGroups, groups);
    const ofTarget = found.get(target) ?? new Map<string, Metadata>();
    const key = `${schema} ${always} ${strictGroups}`;
    const known = ofTarget.get(key);
    if (known) return known;
    const metadata = find(target, schema, always, strictGroups, groups);
    found.set(target, ofTarget.set(key, metadata));
    return metadata;
  };
  storage.groupByPropertyName = (metadata) => {
    const known = grouped.get(metadata) ?? group(metadata);
    grouped.set(metadata, known);
    return known;
  };
}
