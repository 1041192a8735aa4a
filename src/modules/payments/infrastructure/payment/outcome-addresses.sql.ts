import { Injectable } from '@nestjs/common';
import { PaymentSettings } from '../../settings.js';
import { Database } from '#platform/database/database.js';
import { statement } from '#platform/database/statement.js';
import { OutcomeAddresses } from '../../contract.js';

const addressOf = statement('payments.outcome-address', `SELECT webhook_url FROM payments WHERE id = $1`);

@Injectable()
export class SqlOutcomeAddresses extends OutcomeAddresses {
  override readonly signingSecrets: readonly string[];

  constructor(
    private readonly database: Database,
    settings: PaymentSettings,
  ) {
    super();
    this.signingSecrets = settings.webhookSigningSecrets;
  }

  override async of(paymentId: string): Promise<string | null> {
    return (await this.database.read<{ webhook_url: string | null }>(addressOf, [paymentId]))[0]?.webhook_url ?? null;
  }
}
