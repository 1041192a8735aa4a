import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage, IsInt, IsString, Min } from 'class-validator';
import { ValidationFailed } from '#kernel/errors.js';
import { validated } from '#platform/http/validation.js';

class Part {
  @IsInt()
  @Min(1)
  quantity!: number;
}

class NamedPart extends Part {
  @IsString()
  name!: string;
}

const refusals = (shape: new () => object, value: object) => {
  try {
    validated(shape, value);
    return [];
  } catch (error) {
    return (error as ValidationFailed).errors.map(({ pointer }) => pointer);
  }
};

describe('validation', () => {
  it('knows the rules of each class, inherited ones included, however often it is asked', () => {
    for (let i = 0; i < 3; i++) {
      expect(refusals(Part, { quantity: 0 })).toEqual(['#/quantity']);
      expect(refusals(Part, { quantity: 1, name: 'x' })).toEqual(['#/name']);
      expect(refusals(NamedPart, { quantity: 0, name: 1 }).sort()).toEqual(['#/name', '#/quantity']);
      expect(refusals(NamedPart, { quantity: 1, name: 'x' })).toEqual([]);
    }
  });

  it('looks the rules of a class up once', () => {
    const storage = getMetadataStorage();
    const rules = () => storage.getTargetValidationMetadatas(Part, '', false, false);
    expect(rules()).toBe(rules());
    expect(storage.groupByPropertyName(rules())).toBe(storage.groupByPropertyName(rules()));
  });
});
