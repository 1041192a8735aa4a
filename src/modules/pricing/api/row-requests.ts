import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type Answer, type IdempotentRequest } from '#ports/idempotency.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { causeOfRequest } from '#platform/http/access.js';
import { acceptsVersion, jsonAnswer, send, sendPage, sendWithEtag } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import type { PageQuery } from '#platform/http/page-query.js';
import { ChangePricingRow, CreatePricingRow, DeletePricingRow } from '../application/change-pricing.js';
import { PricingRows } from '../application/pricing-rows.js';
import type { Draft, RowKind, RowsByKind } from '../domain/rows.js';

/** A kind of rows as its routes show it. */
export interface RowResource<Kind extends RowKind> {
  readonly kind: Kind;
  readonly path: string;
  present(row: RowsByKind[Kind]): object;
}

const etagOf = ({ version }: { readonly version: number }) => `"${version}"`;

/** What the routes of tax rates, shipping methods and promotions do alike. */
@Injectable()
export class RowRequests {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly rows: PricingRows,
  ) {}

  async create<Kind extends RowKind>(
    { kind, path, present }: RowResource<Kind>,
    draft: Draft<Kind>,
    request: IdempotentRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const answer = (row: RowsByKind[Kind]): Answer =>
      jsonAnswer(201, present(row), { location: `/${API_PREFIX}/${path}/${row.id}`, etag: etagOf(row) });
    const create = (tx: Tx) => this.commands.execute(new CreatePricingRow<Kind>(tx, kind, draft, request.cause));
    send(reply, await this.requests.once(request, create, answer));
  }

  async list<Kind extends RowKind>(
    { kind, present }: RowResource<Kind>,
    { cursor, limit }: PageQuery,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    sendPage(request, reply, pageOf(await this.rows.list(kind, decodeCursor(cursor), limit), limit, present));
  }

  /** @throws NotFound */
  async get<Kind extends RowKind>(
    { kind, present }: RowResource<Kind>,
    id: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const row = await this.rows.find(kind, id);
    if (!row) throw new NotFound(kind, id);
    sendWithEtag(request, reply, etagOf(row), present(row));
  }

  async change<Kind extends RowKind>(
    { kind, present }: RowResource<Kind>,
    id: string,
    change: Partial<Draft<Kind>>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const ifMatch = request.headers['if-match'];
    const accepts = ifMatch === undefined ? null : acceptsVersion(ifMatch);
    const cause = causeOfRequest(request);
    const row = await this.transactions.run((tx) =>
      this.commands.execute(new ChangePricingRow<Kind>(tx, kind, id, change, accepts, cause)),
    );
    send(reply, jsonAnswer(200, present(row), { etag: etagOf(row) }));
  }

  async delete(kind: RowKind, id: string, request: FastifyRequest): Promise<void> {
    const cause = causeOfRequest(request);
    await this.transactions.run((tx) => this.commands.execute(new DeletePricingRow(tx, kind, id, cause)));
  }
}
