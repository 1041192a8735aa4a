import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { NotFound, ValidationFailed, type ErrorItem } from '#kernel/errors.js';
import { isId } from '#kernel/ids.js';
import { pointerPart } from './json-pointer.js';
import { keepValidationMetadata } from './validation-metadata.js';

/**
 * class-validator on every body and query: unknown members are refused, so that a typo never passes silently. What Nest's own
 * pipe does besides (gaps in arrays, binary values, names that tamper with prototypes) cannot come out of our JSON parser or
 * a query, and nothing here validates asynchronously, so the two libraries are called directly.
 */
@Injectable()
export class Validation implements PipeTransform<unknown, unknown> {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type === 'custom' || !metatype || unvalidated.has(metatype)) return value;
    return type === 'query' ? queryOf(metatype as Type<object>, value) : validated(metatype as Type<object>, value);
  }
}

/** As validated; what is wrong names the parameter, too. */
function queryOf(shape: Type<object>, value: unknown): object {
  try {
    return validated(shape, value);
  } catch (error) {
    if (!(error instanceof ValidationFailed)) throw error;
    throw new ValidationFailed(error.errors.map((item) => ({ ...item, parameter: item.pointer.slice(2) })));
  }
}

keepValidationMetadata();

const unvalidated = new Set<unknown>([String, Number, Boolean, Array, Object, Buffer]);
const rules = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: false, value: true }, // only whether there was one: it is never shown
};

/** @throws ValidationFailed */
export function validated<T extends object>(shape: Type<T>, value: unknown): T {
  refuseUnknownMembers(shape, value);
  const instance = plainToInstance(shape, value ?? {});
  const errors = validateSync(instance, rules);
  if (errors.length > 0) throw new ValidationFailed(errors.flatMap((error) => items(error, '#')).slice(0, 100));
  return instance;
}

/** First, by name: what the transformation costs grows with the square of the members. */
function refuseUnknownMembers(shape: Type<object>, value: unknown): void {
  const storage = getMetadataStorage();
  const known = storage.groupByPropertyName(storage.getTargetValidationMetadatas(shape, '', false, false));
  const unknown = Object.keys(value ?? {}).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0)
    throw new ValidationFailed(
      unknown.slice(0, 100).map((name) => {
        const shown = name.slice(0, 64);
        return { pointer: `#/${pointerPart(shown)}`, detail: `${shown} is not a known member` };
      }),
    );
}

function items(error: ValidationError, parent: string): ErrorItem[] {
  const pointer = `${parent}/${pointerPart(error.property)}`;
  const constraints = Object.entries(error.constraints ?? {});
  const own =
    constraints.length > 0 && error.value === undefined
      ? [{ pointer, detail: `${error.property} is required` }]
      : constraints.map(([rule, detail]) => ({
          pointer,
          detail: rule === 'whitelistValidation' ? `${error.property.slice(0, 64)} is not a known member` : detail,
        }));
  return [...own, ...(error.children ?? []).flatMap((child) => items(child, pointer))];
}

/** A path id that cannot be one names nothing: the same 404 as an unknown one. */
@Injectable()
export class IdOf implements PipeTransform<string, string> {
  constructor(private readonly what: string) {}

  transform(value: string, _metadata: ArgumentMetadata): string {
    if (!isId(value)) throw new NotFound(this.what, value);
    return value.toLowerCase();
  }
}

/** For operations that take no members: an empty body or none at all. */
@Injectable()
export class NoMembers implements PipeTransform<unknown, void> {
  transform(value: unknown): void {
    const names = Object.keys(value ?? {});
    if (names.length > 0)
      throw new ValidationFailed(
        names
          .slice(0, 100)
          .map((name) => ({ pointer: `#/${name.slice(0, 64)}`, detail: `${name.slice(0, 64)} is not a known member` })),
      );
  }
}
