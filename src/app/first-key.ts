import { CommandBus } from '@nestjs/cqrs';
import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeys } from '#modules/access/application/api-keys.js';
import { CreateApiKey } from '#modules/access/application/create-api-key.js';
import { allScopes } from '#ports/caller.js';
import { noCause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';

/** The first API key of an installation that has none, with every right. It is shown once. Null when there are keys. */
export async function makeFirstKey(nest: INestApplicationContext): Promise<string | null> {
  if ((await nest.get(ApiKeys).list(null, 1)).length > 0) return null;
  const origin = { address: '', caller: 'system:start', cause: noCause };
  const { key } = await nest
    .get(Transactions)
    .run((tx) => nest.get(CommandBus).execute(new CreateApiKey(tx, 'first key', allScopes, null, origin)));
  return key;
}
