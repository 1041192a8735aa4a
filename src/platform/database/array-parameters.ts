/**
 * Array parameters in PostgreSQL's binary format (array_send in utils/adt/arrayfuncs.c): neither this program nor the server has
 * to quote, look for quotes and parse numbers. A statement must name the type of such a parameter (`$1::uuid[]`), and it must be
 * the one that the function here is named after.
 */

/** Object identifiers of the types of elements (catalog/pg_type.dat); they never change. */
const oids = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  float8: 701,
  timestamptz: 1184,
  uuid: 2950,
};

const HEADER_BYTES = 20;
/** From the Unix epoch to PostgreSQL's, 2000-01-01, in milliseconds. */
const EPOCH_MS = 946_684_800_000;

type Writer<T> = (buffer: Buffer, value: T, at: number) => void;

function arrayOf<T>(oid: number, width: number, values: readonly (T | null)[], write: Writer<T>): Buffer {
  const { length } = values;
  let nulls = 0;
  for (let i = 0; i < length; i++) if (values[i] === null) nulls++;
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + 4 * length + width * (length - nulls));
  let at = header(buffer, oid, length, nulls > 0);
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    at = buffer.writeInt32BE(width, at);
    write(buffer, value, at);
    at += width;
  }
  return length === 0 ? buffer.subarray(0, at) : buffer;
}

/** One dimension that begins with 1, or none at all for an empty array. */
function header(buffer: Buffer, oid: number, length: number, hasNulls: boolean): number {
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4);
  buffer.writeInt32BE(oid, 8);
  if (length === 0) return 12;
  buffer.writeInt32BE(length, 12);
  return buffer.writeInt32BE(1, 16);
}

/** Elements of differing length. @param write answers how many bytes it has written */
function bytesOf<T>(
  oid: number,
  values: readonly (T | null)[],
  sizeOf: (value: T) => number,
  write: (buffer: Buffer, value: T, at: number) => number,
): Buffer {
  let size = HEADER_BYTES + 4 * values.length;
  let nulls = 0;
  for (const value of values) {
    if (value === null) nulls++;
    else size += sizeOf(value);
  }
  const buffer = Buffer.allocUnsafe(size);
  let at = header(buffer, oid, values.length, nulls > 0);
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    const written = write(buffer, value, at + 4);
    buffer.writeInt32BE(written, at);
    at += 4 + written;
  }
  return buffer.subarray(0, at);
}

const textSize = (value: string) => Buffer.byteLength(value);
const writeText = (buffer: Buffer, value: string, at: number) => buffer.write(value, at);

/** The value of a hexadecimal digit by its character code. */
const digits = new Uint8Array(128);
for (let i = 0; i < 16; i++) {
  digits[i.toString(16).charCodeAt(0)] = i;
  digits[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}

/** @param id 32 hexadecimal digits and hyphens */
const writeUuid: Writer<string> = (buffer, id, at) => {
  for (let i = 0, end = at + 16; at < end; at++) {
    if (id.charCodeAt(i) === 45) i++;
    buffer[at] = (digits[id.charCodeAt(i)]! << 4) | digits[id.charCodeAt(i + 1)]!;
    i += 2;
  }
};
const writeInt64: Writer<number> = (buffer, value, at) => {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
};

export const uuids = (values: readonly (string | null)[]): Buffer => arrayOf(oids.uuid, 16, values, writeUuid);
export const texts = (values: readonly (string | null)[]): Buffer => bytesOf(oids.text, values, textSize, writeText);
/** Texts that are JSON already. */
export const jsons = (values: readonly (string | null)[]): Buffer => bytesOf(oids.json, values, textSize, writeText);
/** @param values safe integers */
export const int8s = (values: readonly (number | null)[]): Buffer => arrayOf(oids.int8, 8, values, writeInt64);
/** For integers beyond those that are safe. */
export const bigints = (values: readonly bigint[]): Buffer =>
  arrayOf(oids.int8, 8, values, (buffer, value, at) => buffer.writeBigInt64BE(value, at));
export const int4s = (values: readonly (number | null)[]): Buffer =>
  arrayOf(oids.int4, 4, values, (buffer, value, at) => buffer.writeInt32BE(value, at));
export const int2s = (values: readonly (number | null)[]): Buffer =>
  arrayOf(oids.int2, 2, values, (buffer, value, at) => buffer.writeInt16BE(value, at));
export const float8s = (values: readonly (number | null)[]): Buffer =>
  arrayOf(oids.float8, 8, values, (buffer, value, at) => buffer.writeDoubleBE(value, at));
export const booleans = (values: readonly (boolean | null)[]): Buffer =>
  arrayOf(oids.bool, 1, values, (buffer, value, at) => buffer.writeUInt8(value ? 1 : 0, at));
export const timestamps = (values: readonly (Date | null)[]): Buffer =>
  arrayOf(oids.timestamptz, 8, values, (buffer, value, at) =>
    writeInt64(buffer, (value.getTime() - EPOCH_MS) * 1000, at),
  );

export const byteas = (values: readonly (Uint8Array | null)[]): Buffer =>
  bytesOf(
    oids.bytea,
    values,
    ({ length }) => length,
    (buffer, value, at) => {
      buffer.set(value, at);
      return value.length;
    },
  );
