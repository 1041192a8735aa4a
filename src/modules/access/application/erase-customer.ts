import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { isId, newId } from '#kernel/ids.js';
import { EventLog } from '#ports/events.js';
import { PersonalData } from '#ports/personal-data.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { accessEvent } from '../events.js';
import { CustomerHasObligations, LastSuperadmin } from '../domain/errors.js';
import { act, type Origin } from './audit.js';
import { Erasures } from './erasures.js';
import { Users } from './users.js';

export class EraseCustomer extends Command<{ readonly pseudonym: string }> {
  constructor(
    /** What orders and balances call them; the id of their account where they have one. */
    readonly customerId: string,
    /** Cancels open orders and pays out balances first. */
    readonly settle: boolean,
    readonly origin: Origin,
  ) {
    super();
  }
}

/**
 * Forgets a person (GDPR, article 17): the account goes at once, everything else in the background; what money needs stays
 * under a pseudonym that leads nowhere. One short transaction, after what had to be settled was settled in others; it
 * locks the user, and the superadmins only for one of them. Guard: erasures_running.
 */
@CommandHandler(EraseCustomer)
export class EraseCustomerHandler implements ICommandHandler<EraseCustomer> {
  constructor(
    private readonly transactions: Transactions,
    private readonly users: Users,
    private readonly erasures: Erasures,
    private readonly personalData: PersonalData,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFound, CustomerHasObligations, LastSuperadmin */
  async execute({ customerId, settle, origin }: EraseCustomer): Promise<{ pseudonym: string }> {
    if (!(await this.personalData.knows(customerId))) throw new NotFound('customer', customerId);
    if (settle) await this.personalData.settle(customerId, origin.cause);
    const obligations = await this.personalData.obligations(customerId);
    if (obligations.length > 0) throw new CustomerHasObligations(obligations);
    const pseudonym = `erased-${newId()}`;
    await this.transactions.run((tx) => this.begin(tx, customerId, pseudonym, origin));
    return { pseudonym };
  }

  private async begin(tx: Tx, customerId: string, pseudonym: string, origin: Origin): Promise<void> {
    const user = isId(customerId) ? await this.lockUser(tx, customerId) : null;
    const id = newId();
    const person = { customerId, pseudonym, email: user?.email ?? null };
    if (!(await this.erasures.begin(tx, id, person, this.clock.now()))) return;
    if (user) await this.users.delete(tx, customerId);
    // Who asked is not said when they asked for themselves: the pseudonym must lead nowhere.
    const isOwn = origin.caller === `user:${customerId}`;
    const asked = isOwn
      ? { address: '', caller: null, cause: { ...origin.cause, actor: pseudonym } }
      : { ...origin, address: '' };
    const requested = accessEvent('customer.erasure_requested', { type: 'erasure', id }, { erasureId: id, pseudonym });
    await this.events.appendFirst(tx, [
      { ...requested, cause: asked.cause },
      ...(user ? [act('user.erased', asked, { pseudonym })] : []),
    ]);
  }

  private async lockUser(tx: Tx, id: string) {
    const seen = await this.users.read(tx, id);
    // Before the user's own row, as where a role is taken away.
    const superadmins = seen?.role === 'superadmin' ? await this.users.lockSuperadmins(tx) : null;
    const user = await this.users.lock(tx, id);
    if (user?.role === 'superadmin' && (superadmins ?? 1) <= 1) throw new LastSuperadmin();
    return user;
  }
}
