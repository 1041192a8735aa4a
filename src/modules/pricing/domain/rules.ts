import { ValidationFailed, type ErrorItem } from '#kernel/errors.js';
import { TariffTooLarge } from './errors.js';
import type { Draft, RowKind } from './rows.js';
import type { TariffBody } from './tariff.js';

type Check<Kind extends RowKind> = (draft: Draft<Kind>) => readonly (ErrorItem | false)[];

const wrong = (isWrong: boolean, member: string, detail: string): ErrorItem | false =>
  isWrong && { pointer: `#/${member}`, detail: `${member} ${detail}` };

/** What one member cannot say by itself. */
const checks: { readonly [Kind in RowKind]: Check<Kind> } = {
  'tax-rate': ({ validFrom, validTo }) => [
    wrong(validTo !== null && validTo <= validFrom, 'validTo', 'must be later than validFrom'),
  ],
  'shipping-method': ({ prices }) =>
    prices.map((price, i) =>
      wrong(
        (price.maxWeightG ?? Infinity) < (price.minWeightG ?? 0),
        `prices/${i}/maxWeightG`,
        'must not be less than minWeightG',
      ),
    ),
  promotion: (promotion) => {
    const { kind, target, valuePpm, amounts, buyX, getY, startsAt, endsAt, productIds, categoryIds } = promotion;
    const needsAmounts = kind === 'fixed' || kind === 'fixed-price';
    const isShippingKind = kind === 'free-shipping';
    return [
      wrong(endsAt !== null && endsAt <= startsAt, 'endsAt', 'must be later than startsAt'),
      wrong(
        (kind === 'percentage') !== (valuePpm !== null),
        'valuePpm',
        'belongs to percentage, and percentage needs it',
      ),
      wrong(
        needsAmounts !== Object.keys(amounts).length > 0,
        'amounts',
        'belong to fixed and fixed-price, which need them',
      ),
      wrong(
        (kind === 'buy-x-get-y') !== (buyX !== null && getY !== null),
        'buyX',
        'and getY belong to buy-x-get-y, which needs both',
      ),
      wrong(isShippingKind && target !== 'shipping', 'target', 'of free-shipping must be shipping'),
      wrong(
        target === 'shipping' && (kind === 'fixed-price' || kind === 'buy-x-get-y'),
        'target',
        `of ${kind} cannot be shipping`,
      ),
      wrong(
        (target === 'products') !== productIds.length > 0,
        'productIds',
        'belong to the target products, which needs them',
      ),
      wrong(
        (target === 'categories') !== categoryIds.length > 0,
        'categoryIds',
        'belong to the target categories, which needs them',
      ),
    ];
  },
};

/** @throws ValidationFailed */
export function assertSound<Kind extends RowKind>(kind: Kind, draft: Draft<Kind>): void {
  const found = (checks[kind] as Check<Kind>)(draft).filter((item) => item !== false);
  if (found.length > 0) throw new ValidationFailed(found);
}

export const LIMITS = {
  taxRates: 500,
  shippingMethods: 100,
  promotions: 1_000,
  automatic: 100,
  bytes: 2 * 2 ** 20,
} as const;

/** @throws TariffTooLarge */
export function assertFits({ taxRates, shippingMethods, promotions }: TariffBody, text: string): void {
  const automatic = promotions.filter(({ needsCode }) => !needsCode).length;
  const counts: readonly (readonly [number, number, string])[] = [
    [taxRates.length, LIMITS.taxRates, 'tax rates'],
    [shippingMethods.length, LIMITS.shippingMethods, 'active shipping methods'],
    [promotions.length, LIMITS.promotions, 'active promotions'],
    [automatic, LIMITS.automatic, 'active promotions without a code'],
    [Buffer.byteLength(text), LIMITS.bytes, 'bytes'],
  ];
  for (const [count, limit, what] of counts)
    if (count > limit)
      throw new TariffTooLarge(`${count.toLocaleString('en')} ${what} are more than ${limit.toLocaleString('en')}.`);
}
