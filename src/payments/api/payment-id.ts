import { Injectable, type PipeTransform } from '@nestjs/common';
import { NotFound } from '#kernel/errors.js';
import { isId } from '#kernel/ids.js';

/** Our id of a payment, or the provider's; what is neither names nothing. */
@Injectable()
export class PaymentId implements PipeTransform<string, string> {
  transform(value: string): string {
    if (isId(value)) return value.toLowerCase();
    if (/^[A-Za-z0-9_]{3,255}$/.test(value)) return value;
    throw new NotFound('payment', value);
  }
}
