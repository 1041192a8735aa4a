import { Injectable, type PipeTransform } from '@nestjs/common';
import { codePoints, nameOf } from '#kernel/texts.js';
import { ValidationFailed } from '#kernel/errors.js';

/** A customer's id in an external system: 1 to 64 characters, none of them a control character. */
@Injectable()
export class CustomerId implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = nameOf(value);
    // eslint-disable-next-line no-control-regex -- those are what is refused
    if (codePoints(id) <= 64 && id !== '' && !/[\u0000-\u001f\u007f]/.test(id) && id.isWellFormed()) return id;
    throw new ValidationFailed([{ pointer: '#', detail: 'customerId must have 1 to 64 characters' }]);
  }
}
