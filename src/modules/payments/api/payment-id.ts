import { Injectable, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
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

/** @param demo which payment of the demo shop is the example */
export const PaymentIdParam = (demo = 201): MethodDecorator =>
  ApiParam({
    name: 'id',
    schema: { type: 'string', example: `01939d00-0000-7000-8000-000000000${demo}` },
    description: 'Our id of the payment or the provider’s (pi_...)',
  });
