import { createHash } from 'node:crypto';
import { Refused, type Reply } from './answers.js';

export interface StoredAnswer extends Reply {
  hash: string;
}

/** As Stripe: the same key answers the same again, errors of the request included; another request with it is refused. */
export class IdempotentAnswers {
  private readonly known = new Map<string, StoredAnswer>();

  constructor(private readonly store: (key: string, answer: StoredAnswer) => void) {}

  restore(key: string, answer: StoredAnswer): void {
    this.known.set(key, answer);
  }

  answerOnce(key: string, request: string, act: () => Reply): Reply {
    const hash = createHash('sha256').update(request).digest('hex');
    const known = this.known.get(key);
    if (known && known.hash !== hash) {
      throw new Refused(400, {
        type: 'idempotency_error',
        code: 'idempotency_key_in_use',
        message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      });
    }
    if (known) return { ...known, headers: { 'idempotent-replayed': 'true' } };
    let answer: Reply;
    try {
      answer = act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answer = { status: error.status, body: JSON.stringify({ error: error.error }) };
    }
    const stored = { hash, ...answer };
    this.known.set(key, stored);
    this.store(key, stored);
    return stored;
  }
}
