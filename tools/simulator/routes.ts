import { invalid, list, missing, ok, type Reply } from './answers.js';
import type { Bank } from './bank.js';
import { record, type Form } from './form.js';
import type { WebhookSender } from './webhook-sender.js';

/** Answers one call of Stripe's API. */
export function route(bank: Bank, events: WebhookSender, method: string, url: URL, form: Form): Reply {
  const [, version, collection, id, verb] = url.pathname.split('/');
  const pattern = `${method} ${version}/${collection}${id ? '/:id' : ''}${verb ? `/${verb}` : ''}`;
  const query = (name: string) => url.searchParams.get(name);
  const isExpanded = [...url.searchParams, ...Object.entries(record(form, 'expand'))].some(([, value]) =>
    /^(data\.)?latest_charge$/.test(value),
  );
  switch (pattern) {
    case 'POST v1/payment_intents':
      return ok(bank.create(form));
    case 'GET v1/payment_intents': {
      const page = list(url.pathname, bank.allIntents(), query);
      return ok({ ...page, data: page.data.map((intent) => bank.expanded(intent, isExpanded)) });
    }
    case 'GET v1/payment_intents/:id':
      return ok(bank.expanded(bank.find(id!).intent, isExpanded));
    case 'POST v1/payment_intents/:id/confirm':
      return ok(bank.expanded(bank.confirm(bank.find(id!), form), isExpanded));
    case 'POST v1/payment_intents/:id/capture':
      return ok(bank.expanded(bank.capture(bank.find(id!), form), isExpanded));
    case 'POST v1/payment_intents/:id/cancel':
      return ok(bank.cancel(bank.find(id!), form));
    case 'POST v1/refunds':
      return ok(bank.refund(form));
    case 'GET v1/refunds': {
      const ofIntent = query('payment_intent');
      return ok(
        list(
          url.pathname,
          bank.allRefunds().filter((refund) => ofIntent === null || refund.payment_intent === ofIntent),
          query,
        ),
      );
    }
    case 'GET v1/refunds/:id':
      return ok(bank.refundById(id!));
    case 'GET v1/events':
      return ok(list(url.pathname, events.list(), query));
    case 'GET v1/events/:id':
      return ok(events.find(id!) ?? missing('event', id!));
    default:
      throw invalid(404, `Unrecognized request URL (${method}: ${url.pathname}).`, 'unrecognized_url');
  }
}

/** What a call is about, as faults and counts name it. */
export function operationOf(method: string, path: string): string {
  const [, , collection, id, verb] = path.split('/');
  if (verb) return verb;
  if (method === 'GET') return id ? 'retrieve' : 'list';
  return collection === 'refunds' ? 'refund' : 'create';
}
