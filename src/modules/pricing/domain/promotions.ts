import { scale, split } from '#kernel/share.js';
import type { AppliedDiscount, GivenCode, QuotedItem, QuoteProblem, QuoteRequest } from './quote-types.js';
import { classOf, type Promotion, type PromotionClass } from './tariff.js';
import { MILLION } from './taxes.js';

/** A promotion that may apply, by itself or because of a code. */
export interface Candidate {
  readonly promotion: Promotion;
  readonly code: string | null;
}

/** A line while discounts are worked out: `rest` is what is left of its total. */
export interface OpenLine {
  readonly item: QuotedItem;
  readonly unitPrice: number;
  readonly total: number;
  rest: number;
}

export function isRunning({ startsAt, endsAt }: Promotion, now: Date): boolean {
  const time = now.getTime();
  return Date.parse(startsAt) <= time && (endsAt === null || time < Date.parse(endsAt));
}

export function takesPart(
  { target, productIds, categoryIds }: Promotion,
  { productId, categoryIds: its }: QuotedItem,
): boolean {
  if (target === 'products') return productId !== null && productIds.includes(productId);
  return target === 'categories' ? its.some((id) => categoryIds.includes(id)) : true;
}

/** Why a promotion does not apply to what is priced; null when it does. */
export function unmet(
  promotion: Promotion,
  lines: readonly OpenLine[],
  request: QuoteRequest,
): Record<string, unknown> | null {
  const { conditions, amounts, kind, maxUsesPerCustomer } = promotion;
  const { currency, customerId, isFirstOrder } = request;
  const isOfCustomers =
    conditions.customerIds !== undefined || conditions.firstOrder === true || maxUsesPerCustomer !== null;
  if (isOfCustomers && customerId === null) return { reason: 'customer-required' };
  const failed = { reason: 'conditions-not-met' };
  if (conditions.customerIds && !conditions.customerIds.includes(customerId!)) return failed;
  if (conditions.firstOrder && !isFirstOrder) return { ...failed, firstOrder: true };
  if ((kind === 'fixed' || kind === 'fixed-price') && amounts[currency] === undefined) return { ...failed, currency };
  if (conditions.minGoods) {
    const minGoods = conditions.minGoods[currency];
    if (minGoods === undefined) return { ...failed, currency };
    const goods = lines.reduce((sum, { total }) => sum + total, 0);
    if (goods < minGoods) return { ...failed, minGoods, missing: minGoods - goods };
  }
  const units = lines.reduce((sum, { item }) => sum + (takesPart(promotion, item) ? item.quantity : 0), 0);
  const minQuantity = conditions.minQuantity ?? 1;
  if (units < minQuantity) return { ...failed, minQuantity, missingQuantity: minQuantity - units };
  return null;
}

/** What a promotion takes off each line, never more than is left of it. */
export function lineDiscounts(promotion: Promotion, lines: readonly OpenLine[], currency: string): number[] {
  const { kind, valuePpm, amounts } = promotion;
  const rests = lines.map(({ item, rest }) => (takesPart(promotion, item) ? rest : 0));
  if (kind === 'percentage') return rests.map((rest) => scale(rest, valuePpm!, MILLION));
  if (kind === 'fixed') {
    const open = rests.reduce((sum, rest) => sum + rest, 0);
    return split(Math.min(amounts[currency]!, open), rests);
  }
  if (kind === 'fixed-price')
    return lines.map(({ item }, i) => Math.max(0, rests[i]! - amounts[currency]! * item.quantity));
  return freeUnits(promotion, lines).map((units, i) => Math.min(rests[i]!, units * lines[i]!.unitPrice));
}

/** Of x + y units y are free, the cheapest; counted over all lines that take part. */
function freeUnits(promotion: Promotion, lines: readonly OpenLine[]): number[] {
  const [x, y] = [promotion.buyX!, promotion.getY!];
  const taking = lines.flatMap((line, i) => (takesPart(promotion, line.item) ? [{ ...line, i }] : []));
  const units = taking.reduce((sum, { item }) => sum + item.quantity, 0);
  let left = Math.min(Math.floor(units / (x + y)), promotion.maxTimes ?? Infinity) * y;
  const free = lines.map(() => 0);
  for (const { item, i } of taking.sort((a, b) => a.unitPrice - b.unitPrice || a.i - b.i)) {
    free[i] = Math.min(left, item.quantity);
    left -= free[i];
  }
  return free;
}

export function shippingDiscount({ kind, valuePpm, amounts }: Promotion, rest: number, currency: string): number {
  if (kind === 'free-shipping') return rest;
  return kind === 'percentage' ? scale(rest, valuePpm!, MILLION) : Math.min(amounts[currency]!, rest);
}

const inOrder = (a: Candidate, b: Candidate) =>
  b.promotion.priority - a.promotion.priority || (a.promotion.id < b.promotion.id ? -1 : 1);

/**
 * The best set of one class for the buyer: all that combine within the class together, or a single one that does not. Of equal
 * sets the one whose first member has the higher priority, then the older id. So the order in which codes were given means
 * nothing.
 */
export function bestOf(
  candidates: readonly Candidate[],
  promotionClass: PromotionClass,
  worth: (set: readonly Candidate[]) => number,
): readonly Candidate[] {
  const ordered = candidates.filter(({ promotion }) => classOf(promotion) === promotionClass).sort(inOrder);
  const combining = ordered.filter(({ promotion }) => promotion.combines.includes(promotionClass));
  const alone = ordered.filter((one) => !combining.includes(one)).map((one) => [one]);
  const sets = [...(combining.length > 0 ? [combining] : []), ...alone].sort((a, b) => inOrder(a[0]!, b[0]!));
  let best: { readonly set: readonly Candidate[]; readonly worth: number } = { set: [], worth: -1 };
  for (const set of sets) {
    const value = worth(set);
    if (value > best.worth) best = { set, worth: value };
  }
  return best.set;
}

/** Applies a set to the lines, one after the other, and lowers what is left of them. */
export function applyToLines(
  set: readonly Candidate[],
  lines: readonly OpenLine[],
  currency: string,
): AppliedDiscount[] {
  return set.map(({ promotion, code }) => {
    const parts = lineDiscounts(promotion, lines, currency);
    parts.forEach((part, i) => (lines[i]!.rest -= part));
    return appliedOf(
      promotion,
      code,
      parts.reduce((sum, part) => sum + part, 0),
      parts,
    );
  });
}

export function appliedOf(
  { id, name, ...rest }: Promotion,
  code: string | null,
  amount: number,
  lines: readonly number[],
): AppliedDiscount {
  return { promotionId: id, name, code, class: classOf(rest), amount, lines };
}

export function couponProblem(codes: readonly GivenCode[], code: string, why: Record<string, unknown>): QuoteProblem {
  return {
    code: 'coupon-not-applicable',
    pointer: `#/couponCodes/${codes.findIndex((given) => given.code === code)}`,
    detail: `the code does not apply: ${String(why['reason'])}`,
    ...why,
  };
}
