import { invalid, list, missing, ok, type Reply } from './answers.js';
import type { Bank } from './bank.js';
import type { Disputes } from './disputes.js';
import { record, type Form } from './form.js';
import { refuseUnknown } from './parameters.js';
import type { Refunds } from './refunds.js';
import { newest, type Store } from './store.js';
import type { WebhookSender } from './webhook-sender.js';

export interface Simulated {
  readonly store: Store;
  readonly bank: Bank;
  readonly refunds: Refunds;
  readonly disputes: Disputes;
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
      if (method === 'GET' && !id) return listOf(simulated, collection ?? '', url, isExpanded);
      throw invalid(404, `Unrecognized request URL (${method}: ${url.pathname}).`, 'unrecognized_url');
  }
}

function listOf({ store, bank, events }: Simulated, collection: string, url: URL, isExpanded: boolean): Reply {
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
  return collection === 'refunds' ? 'refund' : collection === 'disputes' ? 'dispute' : 'create';
}
