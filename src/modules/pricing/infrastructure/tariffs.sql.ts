import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { run, type Statement } from '#platform/database/statement.js';
import { Tariffs } from '../contract.js';
import { Tariff } from '../domain/quote.js';
import { EMPTY_TARIFF, type TariffBody } from '../domain/tariff.js';
import { bodyOf, currentVersion } from './tariff-log.sql.js';

type Read = <Row>(statement: Statement, values: unknown[]) => Promise<Row[]>;

/** Compiled tariffs do not change, so the last one is kept: orders ask for its number only. */
@Injectable()
export class SqlTariffs extends Tariffs {
  private known = new Tariff(0, EMPTY_TARIFF);

  constructor(private readonly database: Database) {
    super();
  }

  override current(tx: Tx): Promise<Tariff> {
    return this.inForce((asked, values) => run(tx, asked, values));
  }

  override latest(): Promise<Tariff> {
    return this.inForce((asked, values) => this.database.lookUp(asked, values));
  }

  override async at(wanted: number): Promise<Tariff | null> {
    if (wanted === 0) return new Tariff(0, EMPTY_TARIFF);
    if (wanted === this.known.version) return this.known;
    const [found] = await this.database.read<{ body: TariffBody }>(bodyOf, [wanted]);
    return found ? new Tariff(wanted, found.body) : null;
  }

  private async inForce(read: Read): Promise<Tariff> {
    const [row] = await read<{ version: number }>(currentVersion, []);
    if (row!.version === this.known.version) return this.known;
    const [found] = await read<{ body: TariffBody }>(bodyOf, [row!.version]);
    const tariff = new Tariff(row!.version, found?.body ?? EMPTY_TARIFF);
    // Never back to an older one: a slower transaction may have asked before.
    if (tariff.version > this.known.version) this.known = tariff;
    return tariff;
  }
}
