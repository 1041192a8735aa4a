import { CommandBus } from '@nestjs/cqrs';
import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeys } from '#modules/access/application/api-keys.js';
import { CreateApiKey } from '#modules/access/application/create-api-key.js';
import { allScopes } from '#ports/caller.js';
import { systemCause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import type { Settings } from '#platform/settings/settings.js';

/**
 * The first API key of an installation that has none, with every right. It is shown once. Null when there are keys, in
 * production, and where processes share the work: there a superadmin makes the keys.
 */
export async function makeFirstKey(
  nest: INestApplicationContext,
  { nodeEnv, role }: Pick<Settings, 'nodeEnv' | 'role'>,
): Promise<string | null> {
  if (nodeEnv === 'production' || role !== 'all') return null;
  if ((await nest.get(ApiKeys).list(null, 1)).length > 0) return null;
  const origin = { address: '', caller: 'system:start', cause: systemCause('start') };
  const { key } = await nest
    .get(Transactions)
    .run((tx) => nest.get(CommandBus).execute(new CreateApiKey(tx, 'first key', allScopes, null, origin)));
  return key;
}
