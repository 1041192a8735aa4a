import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { addressKey } from '#kernel/address-key.js';
import { NotFound, ValidationFailed } from '#kernel/errors.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { GroupCommit } from '#kernel/group-commit.js';
import { newId } from '#kernel/ids.js';
import { decodeUtf8 } from '#kernel/texts.js';
import { Windows } from '#kernel/windows.js';
import { batchLimits } from '#ports/batch.js';
import { Transactions } from '#ports/tx.js';
import { RateLimited } from '#modules/access/contract.js';
import { holdsCardNumber, maskCardNumbers } from '#platform/http/card-numbers.js';
import { parseJsonBody } from '#platform/http/json-body.js';
import { MalformedJson } from '#platform/http/problem.js';
import { InboxSettings } from '../settings.js';
import { MessageSources } from '../application/message-sources.js';
import { ReceiveMessages, type Received } from '../application/receive-message.js';
import { Inbox, type ArrivedMessage, type MessageSource } from '../contract.js';
import { InvalidSignature } from '../domain/errors.js';
import { checkSignature } from '../domain/signature.js';

const messageStored = defineFailpoint('inbox.stored');

/** The headers of a message that are kept with it, beside its signature: so that it can be checked again. */
const keptHeaders = ['content-type', 'user-agent'];

/** Messages with a signature that does not hold, from one address; those whose signature holds are never limited. */
const FORGERIES = { most: 120, seconds: 60 };

/** Verified on the raw bytes before anything is parsed, and answered only after it is stored. */
@Injectable()
export class MessageIntake extends Inbox implements OnApplicationShutdown {
  /** Messages that arrive while a transaction is under way are stored together in the next one. */
  private readonly arriving = new GroupCommit<Received, { duplicate: boolean }>({
    ...batchLimits,
    maxSingleTries: 2,
    commit: (batch) => this.transactions.run((tx) => this.commands.execute(new ReceiveMessages(tx, batch))),
  });
  private readonly forgeries = new Windows(FORGERIES.seconds * 1000);

  constructor(
    private readonly sources: MessageSources,
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly settings: InboxSettings,
    private readonly clock: Clock,
  ) {
    super();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.arriving.stop();
  }

  override register(source: MessageSource): void {
    this.sources.register(source);
  }

  override async receive(
    name: string,
    { rawBody, headers, requestId, address }: ArrivedMessage,
  ): Promise<{ duplicate: boolean }> {
    const source = this.sources.find(name);
    if (!source) throw new NotFound('processor', name);
    const header = headers[source.signature.header];
    const signature = Array.isArray(header) ? header.join(',') : header;
    const now = this.clock.now();
    const tolerance = this.settings.webhookToleranceSeconds;
    const fault = checkSignature(source.signature, signature, rawBody, now, tolerance);
    if (fault) {
      this.countForgery(address, now);
      throw new InvalidSignature(fault);
    }
    const { id: eventId, type } = identify(rawBody);
    const kept = Object.fromEntries(
      [...keptHeaders, source.signature.header].map((kind) => [kind, String(headers[kind] ?? '')]),
    );
    // Byte for byte, but for the digits of a card, which has no place in a message and none in our database.
    const stored = holdsCardNumber(rawBody.toString('latin1'))
      ? Buffer.from(maskCardNumbers(decodeUtf8(rawBody)))
      : rawBody;
    const message = { id: newId(), source: name, eventId, type, rawBody: stored, headers: kept, receivedAt: now };
    const cause = { requestId, causedBy: null, actor: `provider:${name}` };
    const received = await this.arriving.submit({ message, cause });
    messageStored();
    return received;
  }

  /** @throws RateLimited */
  private countForgery(address: string, at: Date): void {
    const now = at.getTime();
    const { count, until } = this.forgeries.add(addressKey(address), now);
    if (count > FORGERIES.most)
      throw new RateLimited('Too many messages without a valid signature.', Math.ceil((until - now) / 1000));
  }
}

function identify(rawBody: Buffer): { id: string; type: string } {
  const body = parseJsonBody(rawBody, 'a signed source') as { id?: unknown; type?: unknown } | undefined;
  if (body === undefined) throw new MalformedJson('The body is empty.');
  for (const name of ['id', 'type'] as const) {
    const value = body[name];
    if (typeof value !== 'string' || value.length < 1 || value.length > 255)
      throw new ValidationFailed([{ pointer: `#/${name}`, detail: `${name} must be a string of 1 to 255 characters` }]);
  }
  return { id: body.id as string, type: body.type as string };
}
