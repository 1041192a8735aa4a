import type { Simulated } from './routes.js';

export type BankAct =
  'pass-challenges' | 'fail-challenges' | 'expire-authorizations' | 'win-disputes' | 'lose-disputes';

/** What payers and their banks do with a share of what is open, oldest first: every one, every second, every third ... */
export function actOnSome({ store, bank, disputes, vault }: Simulated, act: BankAct, share: number): void {
  const some = <T>(all: readonly T[]) => all.filter((_, i) => i % Math.max(1, Math.round(1 / share)) === 0);
  const intents = (status: string) =>
    some([...store.intents.values()].filter(({ intent }) => intent.status === status)).map(({ intent }) => intent.id);
  const open = () => some([...store.disputes.values()].filter(({ status }) => /response|review/.test(status)));
  switch (act) {
    case 'pass-challenges':
    case 'fail-challenges':
      for (const id of intents('requires_action')) bank.answerChallenge(id, act === 'pass-challenges');
      for (const { id } of some([...store.setups.values()].filter(({ status }) => status === 'requires_action')))
        vault.answerChallenge(id, act === 'pass-challenges');
      return;
    case 'expire-authorizations':
      for (const id of intents('requires_capture')) bank.expireAuthorization(id);
      return;
    case 'win-disputes':
    case 'lose-disputes':
      for (const { id } of open()) disputes.decide(id, act === 'win-disputes');
  }
}

export function disputesOf({ store }: Simulated, intentId: string): string[] {
  return [...store.disputes.values()].filter((one) => one.payment_intent === intentId).map(({ id }) => id);
}

export function refundsOf({ store }: Simulated, intentId: string): string[] {
  return [...store.refunds.values()].filter((one) => one.payment_intent === intentId).map(({ id }) => id);
}
