import { freeText, listOf, nullable, object, oneOf, optional, text, uuid, type Schema } from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

const role = oneOf('customer', 'admin', 'superadmin');
/** The address that the request came from and the caller; empty and null for the system itself. */
const origin = { address: freeText, caller: nullable(text) };
const originExample = { address: '203.0.113.7', caller: null };
const userId = '01939d00-0000-7000-8000-000000000011';
const sessionId = '01939d00-0000-7000-8000-000000000012';
const apiKeyId = '01939d00-0000-7000-8000-000000000013';

function security<Payload>(description: string, payload: Schema<Payload>, example: Payload) {
  return eventType({ version: 1, isPublic: false, description, payload, example });
}

/** Security-relevant events. None of them is public, and none holds a secret. */
export const accessEvents = {
  'user.registered': security('An account was opened.', object({ userId: uuid, role, ...origin }), {
    userId,
    role: 'customer',
    ...originExample,
  }),
  'user.changed': security(
    'A user changed their name; `changed` lists the members.',
    object({ userId: uuid, changed: listOf(text), ...origin }),
    { userId, changed: ['firstName'], ...originExample },
  ),
  'user.role_changed': security(
    'A user was given another role, which ends their sessions.',
    object({ userId: uuid, from: role, to: role, ...origin }),
    { userId, from: 'customer', to: 'admin', ...originExample },
  ),
  'user.status_changed': security(
    'An account was disabled, which ends its sessions, or enabled again.',
    object({ userId: uuid, from: oneOf('active', 'disabled'), to: oneOf('active', 'disabled'), ...origin }),
    { userId, from: 'active', to: 'disabled', ...originExample },
  ),
  'user.password_changed': security(
    'A user chose another password, which ended their other sessions.',
    object({ userId: uuid, ...origin }),
    { userId, ...originExample },
  ),
  'user.mfa_enrolled': security('A user enrolled a second factor.', object({ userId: uuid, ...origin }), {
    userId,
    ...originExample,
  }),
  'user.mfa_removed': security('A second factor was removed.', object({ userId: uuid, ...origin }), {
    userId,
    ...originExample,
  }),
  'user.erased': security('An account was erased with its personal data.', object({ pseudonym: text, ...origin }), {
    pseudonym: 'erased-01939d00-0000-7000-8000-000000000014',
    address: '',
    caller: null,
  }),
  'customer.erasure_requested': security(
    'A customer’s personal data is to be erased, with or without an account.',
    object({ erasureId: uuid, pseudonym: text }),
    { erasureId: '01939d00-0000-7000-8000-000000000015', pseudonym: 'erased-01939d00-0000-7000-8000-000000000014' },
  ),
  'customer.erased': security(
    'A customer’s personal data was erased; orders and balances have the pseudonym.',
    object({ erasureId: uuid, pseudonym: text }),
    { erasureId: '01939d00-0000-7000-8000-000000000015', pseudonym: 'erased-01939d00-0000-7000-8000-000000000014' },
  ),
  'session.started': security('A user logged in.', object({ userId: uuid, sessionId: uuid, ...origin }), {
    userId,
    sessionId,
    ...originExample,
  }),
  'session.refused': security(
    'A login was refused; `userId` is null when there is no such account.',
    object({ userId: nullable(uuid), ...origin }),
    { userId: null, ...originExample },
  ),
  'session.ended': security('A user logged out.', object({ userId: uuid, sessionId: uuid, ...origin }), {
    userId,
    sessionId,
    ...originExample,
  }),
  'session.refresh_reused': security(
    'A spent refresh token was used again, which ended its session.',
    object({ userId: uuid, sessionId: uuid, ...origin }),
    { userId, sessionId, ...originExample },
  ),
  'api_key.created': security(
    'An API key was created.',
    object({ apiKeyId: uuid, name: optional(text), scopes: optional(listOf(text)), ...origin }),
    { apiKeyId, name: 'storefront', scopes: ['orders:read'], ...originExample },
  ),
  'api_key.revoked': security('An API key was revoked.', object({ apiKeyId: uuid, ...origin }), {
    apiKeyId,
    ...originExample,
  }),
};

export type AccessEvents = PayloadsOf<typeof accessEvents>;
export const accessEvent = eventsOf(accessEvents);
