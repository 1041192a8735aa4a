import { createHash } from 'node:crypto';
import { Random } from './random.js';

/** What clients do. Numbers are places in lists that are known only while it runs: the nth product, one of the newest orders. */
export type Operation =
  | {
      readonly kind: 'place';
      readonly products: readonly number[];
      readonly quantities: readonly number[];
      readonly method: 'card' | 'balance' | 'manual';
      readonly customer: number;
    }
  | { readonly kind: 'cancel' | 'complete' | 'read' | 'timeline'; readonly back: number }
  | { readonly kind: 'pay'; readonly back: number; readonly manual: boolean; readonly card: string }
  | { readonly kind: 'confirm' | 'capture' | 'cancel-payment'; readonly back: number; readonly card: string }
  | { readonly kind: 'refund'; readonly back: number; readonly share: number }
  | { readonly kind: 'pay-at-once'; readonly amount: number; readonly card: string }
  | { readonly kind: 'save-method'; readonly customer: number; readonly card: string }
  | { readonly kind: 'charge-saved'; readonly back: number; readonly amount: number }
  | { readonly kind: 'detach'; readonly back: number }
  | { readonly kind: 'deposit' | 'withdraw'; readonly customer: number; readonly amount: number }
  | { readonly kind: 'adjust'; readonly product: number; readonly delta: number }
  | { readonly kind: 'repeat'; readonly back: number }
  | { readonly kind: 'endpoint'; readonly lasting: boolean };

export type Fault =
  | { readonly kind: 'kill-program'; readonly clockSkewSeconds: number }
  | { readonly kind: 'kill-database' }
  | { readonly kind: 'terminate-backends'; readonly share: number }
  | { readonly kind: 'cut-connections'; readonly afterBytes: number; readonly times: number }
  | { readonly kind: 'freeze-program'; readonly milliseconds: number }
  | { readonly kind: 'slow-database'; readonly delayMs: number; readonly milliseconds: number }
  | { readonly kind: 'lock-product'; readonly product: number; readonly milliseconds: number }
  | { readonly kind: 'provider'; readonly fault: string; readonly probability: number; readonly milliseconds: number }
  | { readonly kind: 'provider-down'; readonly milliseconds: number }
  /** What payers and their banks do with some of what is open at the provider. */
  | { readonly kind: 'banks'; readonly act: BankAct; readonly share: number }
  | { readonly kind: 'receiver'; readonly mode: 'error' | 'silent' | 'reset'; readonly milliseconds: number };

const bankActs = [
  'pass-challenges',
  'fail-challenges',
  'expire-authorizations',
  'win-disputes',
  'lose-disputes',
] as const;
export type BankAct = (typeof bankActs)[number];

export interface TimedFault {
  readonly atMs: number;
  readonly fault: Fault;
}

export const PRODUCTS = 8;
export const CUSTOMERS = 10;

const cards = {
  pm_card_visa: 16,
  pm_card_chargeDeclined: 2,
  pm_card_chargeDeclinedInsufficientFunds: 2,
  pm_card_threeDSecure2Required: 3,
  pm_card_createDispute: 1,
  pm_card_pendingRefund: 1,
  pm_card_authenticationRequiredOnSetup: 1,
};
const operations = {
  place: 30,
  cancel: 8,
  complete: 5,
  pay: 16,
  confirm: 6,
  capture: 4,
  'cancel-payment': 2,
  refund: 5,
  'pay-at-once': 4,
  'save-method': 2,
  'charge-saved': 3,
  detach: 0.5,
  deposit: 5,
  withdraw: 2,
  adjust: 3,
  repeat: 6,
  read: 5,
  timeline: 1,
  endpoint: 0.2,
};

/** The next operation of a client, from its own generator: the nth is always the same for the same seed and client. */
export function nextOperation(random: Random): Operation {
  const kind = random.weighted(operations);
  const back = Math.floor(random.next() ** 2 * 40);
  const card = random.weighted(cards);
  switch (kind) {
    case 'place': {
      const lines = random.integer(1, 3);
      return {
        kind,
        products: Array.from({ length: lines }, () => random.integer(0, PRODUCTS - 1)),
        quantities: Array.from({ length: lines }, () => random.integer(1, 3)),
        method: random.weighted({ card: 7, balance: 2, manual: 1 }),
        customer: random.integer(0, CUSTOMERS - 1),
      };
    }
    case 'pay':
      return { kind, back, card, manual: random.next() < 0.3 };
    case 'confirm':
    case 'capture':
    case 'cancel-payment':
      return { kind, back, card };
    case 'refund':
      return { kind, back, share: random.pick([0.3, 0.6, 1]) };
    case 'pay-at-once':
      return { kind, card, amount: random.integer(100, 5_000) };
    case 'save-method':
      return { kind, card, customer: random.integer(0, CUSTOMERS - 1) };
    case 'charge-saved':
      return { kind, back, amount: random.integer(100, 5_000) };
    case 'deposit':
    case 'withdraw':
      return { kind, customer: random.integer(0, CUSTOMERS - 1), amount: random.integer(1, 20_000) };
    case 'adjust':
      return { kind, product: random.integer(0, PRODUCTS - 1), delta: random.integer(-20, 60) || 1 };
    case 'endpoint':
      return { kind, lasting: random.next() < 0.3 };
    case 'cancel':
    case 'complete':
    case 'read':
    case 'timeline':
    case 'repeat':
    case 'detach':
      return { kind, back };
  }
}

const faults = {
  'kill-program': 4,
  'kill-database': 2,
  'terminate-backends': 4,
  'cut-connections': 4,
  'freeze-program': 2,
  'slow-database': 2,
  'lock-product': 3,
  provider: 5,
  'provider-down': 1,
  banks: 8,
  receiver: 3,
};

function nextFault(random: Random): Fault {
  const kind = random.weighted(faults);
  const milliseconds = random.integer(500, 4_000);
  switch (kind) {
    case 'kill-program':
      return { kind, clockSkewSeconds: random.pick([0, 0, 0, -240, 240, -60, 60]) };
    case 'kill-database':
      return { kind };
    case 'terminate-backends':
      return { kind, share: random.pick([0.3, 1]) };
    case 'cut-connections':
      return { kind, afterBytes: random.integer(0, 4_000), times: random.integer(1, 6) };
    case 'freeze-program':
    case 'provider-down':
      return { kind, milliseconds };
    case 'banks':
      return { kind, act: random.pick(bankActs), share: random.pick([0.3, 1]) };
    case 'slow-database':
      return { kind, delayMs: random.integer(5, 60), milliseconds };
    case 'lock-product':
      return { kind, product: random.integer(0, PRODUCTS - 1), milliseconds };
    case 'provider':
      return {
        kind,
        fault: random.pick([
          'decline',
          'server_error',
          'slow',
          'lost_answer',
          'webhook_duplicated',
          'webhook_reordered',
          'webhook_late',
          'webhook_never',
        ]),
        probability: random.pick([0.1, 0.3, 0.6]),
        milliseconds,
      };
    case 'receiver':
      return { kind, mode: random.pick(['error', 'silent', 'reset'] as const), milliseconds };
  }
}

/** Every fault of a run, by time. */
export function planFaults(seed: number, totalMs: number, meanGapMs: number): TimedFault[] {
  const random = new Random(seed).fork(1_000_000);
  const plan: TimedFault[] = [];
  for (let atMs = meanGapMs; atMs < totalMs;) {
    plan.push({ atMs, fault: nextFault(random) });
    atMs += random.integer(Math.floor(meanGapMs / 2), Math.floor(meanGapMs * 1.5));
  }
  return plan;
}

/** The same plan has the same fingerprint: the faults, and the first operations of every client. */
export function fingerprint(seed: number, clients: number, plan: readonly TimedFault[]): string {
  const hash = createHash('sha256').update(JSON.stringify(plan));
  for (let client = 0; client < clients; client++) {
    const random = new Random(seed).fork(client);
    for (let i = 0; i < 500; i++) hash.update(JSON.stringify(nextOperation(random)));
  }
  return hash.digest('hex').slice(0, 16);
}
