import { createHash } from 'node:crypto';

/** What can go wrong at a payment provider, on purpose. */
export const faultKinds = [
  /** The bank declines, whatever the payment method. */
  'decline',
  /** Nothing happens, the answer is a 5xx. */
  'server_error',
  /** The answer comes late. */
  'slow',
  /** It happens, and the connection is cut before the answer. */
  'lost_answer',
  /** The bank takes another amount than it was asked to. */
  'wrong_amount',
  'webhook_duplicated',
  /** Sent after what comes later. */
  'webhook_reordered',
  'webhook_late',
  'webhook_never',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultRule {
  readonly fault: FaultKind;
  /** create, confirm, capture, cancel, refund, retrieve, list; for webhooks the type of the event. Without it: all. */
  readonly on?: string;
  /** 0 to 1; without it 1. */
  readonly probability?: number;
  /** How often it strikes before it is used up; without it for ever. */
  readonly times?: number;
  /** For slow and webhook_late; without it 1000. */
  readonly delayMs?: number;
  /** For server_error; without it 503. */
  readonly status?: number;
}

interface ArmedRule {
  readonly rule: FaultRule;
  looked: number;
  struck: number;
}

/** @throws Error saying what is wrong */
export function readFaultRules(value: unknown): FaultRule[] {
  if (!Array.isArray(value) || value.length > 100) throw new Error('faults is a list of at most 100 rules');
  return value.map((given: unknown, i) => {
    if (given === null || typeof given !== 'object') throw new Error(`faults[${i}] is no object`);
    const { fault, on, probability, times, delayMs, status, ...unknown } = given as Record<string, unknown>;
    if (Object.keys(unknown).length > 0)
      throw new Error(`faults[${i}] has unknown members: ${Object.keys(unknown).join(', ')}`);
    if (!(faultKinds as readonly unknown[]).includes(fault))
      throw new Error(`faults[${i}].fault is one of ${faultKinds.join(', ')}`);
    if (on !== undefined && typeof on !== 'string') throw new Error(`faults[${i}].on is a text`);
    const number = (name: string, n: unknown, min: number, max: number) => {
      if (n !== undefined && (typeof n !== 'number' || !(n >= min && n <= max)))
        throw new Error(`faults[${i}].${name} is a number from ${min} to ${max}`);
    };
    number('probability', probability, 0, 1);
    number('times', times, 1, 1e9);
    number('delayMs', delayMs, 0, 3_600_000);
    number('status', status, 500, 599);
    return given as FaultRule;
  });
}

/**
 * The faults that are scheduled. Whether a rule strikes the n-th thing it looks at follows from the seed, the rule's
 * place and n alone, so that a run can be repeated.
 */
export class Faults {
  private armed: ArmedRule[] = [];

  constructor(private readonly seed: string) {}

  set(rules: readonly FaultRule[]): void {
    this.armed = rules.map((rule) => ({ rule, looked: 0, struck: 0 }));
  }

  list(): (FaultRule & { struck: number })[] {
    return this.armed.map(({ rule, struck }) => ({ ...rule, struck }));
  }

  /** The rule that strikes now, if one does. */
  strike(fault: FaultKind, on: string): FaultRule | null {
    for (const [place, armed] of this.armed.entries()) {
      const { rule } = armed;
      if (rule.fault !== fault || (rule.on !== undefined && rule.on !== on)) continue;
      const n = armed.looked++;
      if (armed.struck >= (rule.times ?? Infinity) || !this.strikes(place, n, rule.probability ?? 1)) continue;
      armed.struck++;
      return rule;
    }
    return null;
  }

  private strikes(place: number, n: number, probability: number): boolean {
    return createHash('sha256').update(`${this.seed}:${place}:${n}`).digest().readUInt32BE() / 2 ** 32 < probability;
  }
}
