import { Injectable, type PipeTransform } from '@nestjs/common';
import { ValidationFailed } from '#kernel/errors.js';

/** A customer's id in an external system: 1 to 64 characters, none of them a control character. */
@Injectable()
export class CustomerId implements PipeTransform<string, string> {
  transform(value: string): string {
    // eslint-disable-next-line no-control-regex -- those are what is refused
    if (value.length <= 64 && value.trim() !== '' && !/[\u0000-\u001f\u007f]/.test(value) && value.isWellFormed())
      return value;
    throw new ValidationFailed([{ pointer: '#', detail: 'a customerId has 1 to 64 characters' }]);
  }
}
