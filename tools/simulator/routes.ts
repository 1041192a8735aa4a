import { invalid, list, missing, ok, type Reply } from './answers.js';
import type { Bank } from './bank.js';
import type { Disputes } from './disputes.js';
import { record, type Form } from './form.js';
import { refuseUnknown } from './parameters.js';
import type { Refunds } from './refunds.js';
import { newest, type Store } from './store.js';
import type { SetupIntent } from './vault-objects.js';
import type { Vault } from './vault.js';
import type { WebhookSender } from './webhook-sender.js';

export interface Simulated {
  readonly store: Store;
  readonly bank: Bank;
  readonly refunds: Refunds;
  readonly disputes: Disputes;
  readonly vault: Vault;
  readonly events: WebhookSender;
}

/** Answers one call of Stripe's API. */
export function route(simulated: Simulated, method: string, url: URL, form: Form): Reply {
  const { store, bank, refunds, disputes, events } = simulated;
  const [, version, collection, id, verb] = url.pathname.split('/');
  const pattern = `${method} ${version}/${collection}${id ? '/:id' : ''}${verb ? `/${verb}` : ''}`;
  refuseUnknown(pattern, form, url.searchParams);
  const isExpanded = [...url.searchParams, ...Object.entries(record(form, 'expand'))].some(([, value]) =>
    /^(data\.)?latest_charge$/.test(value),
  );
  switch (pattern) {
    case 'POST v1/payment_intents':
      return ok(bank.expanded(bank.create(form), isExpanded));
    case 'GET v1/payment_intents/:id':
      return ok(bank.expanded(store.intent(id!).intent, isExpanded));
    case 'POST v1/payment_intents/:id':
      return ok(bank.update(store.intent(id!), form));
    case 'POST v1/payment_intents/:id/confirm':
      return ok(bank.expanded(bank.confirm(store.intent(id!), form), isExpanded));
    case 'POST v1/payment_intents/:id/capture':
      return ok(bank.expanded(bank.capture(store.intent(id!), form), isExpanded));
    case 'POST v1/payment_intents/:id/cancel':
      return ok(bank.cancel(store.intent(id!), form));
    case 'GET v1/charges/:id':
      return ok(store.charge(id!));
    case 'POST v1/refunds':
      return ok(refunds.create(form));
    case 'GET v1/refunds/:id':
      return ok(store.refund(id!));
    case 'GET v1/disputes/:id':
      return ok(store.dispute(id!));
    case 'POST v1/disputes/:id':
      return ok(disputes.update(id!, form));
    case 'POST v1/disputes/:id/close':
      return ok(disputes.decide(id!, false));
    case 'GET v1/events/:id':
      return ok(events.find(id!) ?? missing('event', id!));
    default:
      if (/^(customers|setup_intents|payment_methods)$/.test(collection ?? '')) {
        const answer = routeOfVault(simulated, pattern, id, form, url);
        if (answer) return ok(answer);
      }
      if (method === 'GET' && !id) return listOf(simulated, collection ?? '', url, isExpanded);
      throw invalid(404, `Unrecognized request URL (${method}: ${url.pathname}).`, 'unrecognized_url');
  }
}

/** What is about payment methods that are kept for customers. */
function routeOfVault(
  { store, vault }: Simulated,
  pattern: string,
  id: string | undefined,
  form: Form,
  { searchParams }: URL,
): object | null {
  const expanded = (setup: SetupIntent): object => {
    const isAsked = [...searchParams.values(), ...Object.values(record(form, 'expand'))].includes('payment_method');
    const kept = setup.payment_method === null ? undefined : store.methods.get(setup.payment_method);
    return isAsked && kept ? { ...setup, payment_method: kept.method } : setup;
  };
  switch (pattern) {
    case 'POST v1/customers':
      return vault.createCustomer(form);
    case 'GET v1/customers/:id':
      return store.customer(id!);
    case 'DELETE v1/customers/:id':
      return vault.deleteCustomer(id!);
    case 'POST v1/setup_intents':
      return expanded(vault.create(form));
    case 'GET v1/setup_intents/:id':
      return expanded(store.setup(id!));
    case 'POST v1/setup_intents/:id/confirm':
      return expanded(vault.confirm(store.setup(id!), form));
    case 'POST v1/setup_intents/:id/cancel':
      return vault.cancel(store.setup(id!), form);
    case 'GET v1/payment_methods/:id':
      return store.method(id!).method;
    case 'POST v1/payment_methods/:id/attach':
      return vault.attach(id!, form);
    case 'POST v1/payment_methods/:id/detach':
      return vault.detach(id!);
    default:
      return null;
  }
}

function listOf({ store, bank, vault, events }: Simulated, collection: string, url: URL, isExpanded: boolean): Reply {
  const query = (name: string) => url.searchParams.get(name);
  const [intent, type] = [query('payment_intent'), query('type')];
  const ofIntent = (object: { payment_intent: string }) => intent === null || object.payment_intent === intent;
  const page = <T extends { id: string; created: number }>(all: readonly T[]) => list(url.pathname, all, query);
  switch (collection) {
    case 'payment_intents': {
      const listed = page(newest(store.intents).map((stored) => stored.intent));
      return ok({ ...listed, data: listed.data.map((found) => bank.expanded(found, isExpanded)) });
    }
    case 'charges':
      return ok(page(newest(store.charges).filter(ofIntent)));
    case 'refunds':
      return ok(page(newest(store.refunds).filter(ofIntent)));
    case 'disputes':
      return ok(page(newest(store.disputes).filter(ofIntent)));
    case 'customers':
      return ok(page(newest(store.customers)));
    case 'setup_intents':
      return ok(page(newest(store.setups).filter(({ customer }) => [null, customer].includes(query('customer')))));
    case 'payment_methods':
      return ok(page(vault.methodsOf(query('customer') ?? '').map(({ method }) => method)));
    case 'events':
      return ok(page(events.list().filter((event) => type === null || event.type === type)));
    default:
      throw invalid(404, `Unrecognized request URL (GET: ${url.pathname}).`, 'unrecognized_url');
  }
}

/** What a call is about, as faults and counts name it. */
export function operationOf(method: string, path: string): string {
  const [, , collection, id, verb] = path.split('/');
  if (verb) return verb;
  if (method === 'GET') return id ? 'retrieve' : 'list';
  if (collection === 'customers' || collection === 'setup_intents') return method === 'POST' ? 'setup' : 'forget';
  return collection === 'refunds' ? 'refund' : collection === 'disputes' ? 'dispute' : 'create';
}
