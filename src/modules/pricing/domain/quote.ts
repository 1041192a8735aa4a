import { scale, split } from '#kernel/share.js';
import { destinationOf, homeOf, missingOfAddress, type Destination } from './destination.js';
import {
  appliedOf,
  applyToLines,
  bestOf,
  couponProblem,
  isRunning,
  shippingDiscount,
  unmet,
  type Candidate,
  type OpenLine,
} from './promotions.js';
import { summed } from './quote-sums.js';
import type { AppliedDiscount, GivenCode, Hint, Quote, QuoteProblem, QuoteRequest } from './quote-types.js';
import { methodProblem, shippingHints, shippingOptions, type Parcel } from './shipping.js';
import { promotionClasses, type CurrencySettings, type Promotion, type TariffBody } from './tariff.js';
import {
  MILLION,
  ratesAt,
  rateTable,
  taxed,
  untaxedAt,
  type PlaceRates,
  type RateTable,
  type TaxBase,
} from './taxes.js';

/** Of currencies that the tariff does not know: their goods are not taxed. */
const UNTAXED: CurrencySettings = { pricesIncludeTax: false, rounding: 'line', crossBorder: 'keep-gross' };

/** A tariff that can be asked: compiled once for each number. */
export class Tariff {
  private readonly rates: RateTable;
  private readonly promotions: ReadonlyMap<string, Promotion>;
  private readonly automatic: readonly Promotion[];

  constructor(
    readonly version: number,
    readonly body: TariffBody,
  ) {
    this.rates = rateTable(body.taxRates);
    this.promotions = new Map(body.promotions.map((promotion) => [promotion.id, promotion]));
    this.automatic = body.promotions.filter(({ needsCode }) => !needsCode);
  }

  promotion(id: string): Promotion | undefined {
    return this.promotions.get(id);
  }

  /**
   * What this costs: a function of the request, the codes, the time and the tariff, and of nothing else. The steps and their
   * order are fixed: list totals, promotions on lines, promotions on the order, shipping and its promotions, tax, sums.
   */
  quote(request: QuoteRequest, codes: readonly GivenCode[], now: Date): Quote {
    const settings = this.body.settings.currencies[request.currency] ?? UNTAXED;
    const problems: QuoteProblem[] = [];
    const to = destinationOf(request.address);
    const isShipped = request.items.some(({ requiresShipping }) => requiresShipping);
    if (isShipped) problems.push(...missingOfAddress(this.body, request.currency, to));
    const home = homeOf(this.body.settings);
    const rates = request.items.map(({ requiresShipping, taxClass }) =>
      this.ratesFor(taxClass, requiresShipping && to ? to : home, request, now),
    );
    const lines = request.items.map((item, i) => this.openLine(item, rates[i]!, settings, request, now));
    const { candidates, refused } = this.candidates(request, codes, lines, now);
    problems.push(...refused);
    const discounts = this.discountLines(candidates, lines, request.currency);
    const goods = lines.reduce((sum, { rest }) => sum + rest, 0);
    const parcel: Parcel = { currency: request.currency, to, goods, weightG: weightOf(request) };
    const shipping = this.shippingOf(request, parcel, isShipped, candidates, problems);
    discounts.push(...shipping.discounts);
    for (const { code } of candidates)
      if (code !== null && !discounts.some((applied) => applied.code === code))
        problems.push(couponProblem(codes, code, { reason: 'not-combinable' }));
    const bases = this.taxBases(request, lines, rates, shipping.line, to, now);
    return summed({
      tariffVersion: this.version,
      request,
      settings,
      lines,
      rates,
      bases: taxed(bases, settings),
      discounts,
      shipping: shipping.line,
      options: shipping.options,
      hints: [
        ...this.promotionHints(lines, request, now),
        ...(isShipped ? shippingHints(this.body.shippingMethods, parcel) : []),
      ],
      problems: [...problems, ...this.unserved(rates)],
      taxEstimated: to === null && isShipped,
    });
  }

  private ratesFor(taxClass: string, place: Destination, request: QuoteRequest, now: Date): PlaceRates {
    if (!this.body.settings.currencies[request.currency]) return untaxedAt(place, taxClass);
    return ratesAt(this.rates, place, taxClass, now, request.taxExempt?.reason ?? null);
  }

  /** Across a border the buyer's price follows the tax there, where the shop wants to keep what it gets. */
  private openLine(
    item: QuoteRequest['items'][number],
    there: PlaceRates,
    settings: CurrencySettings,
    request: QuoteRequest,
    now: Date,
  ): OpenLine {
    const home = homeOf(this.body.settings);
    const isAbroad =
      settings.pricesIncludeTax && there.place.country !== home.country && settings.crossBorder === 'keep-net';
    const unitPrice = isAbroad
      ? scale(item.unitPrice, MILLION + there.ppm, MILLION + ratesAt(this.rates, home, item.taxClass, now, null).ppm)
      : item.unitPrice;
    const total = unitPrice * item.quantity;
    return { item, unitPrice, total, rest: total };
  }

  /** Promotions that apply, and the codes that do not. */
  private candidates(request: QuoteRequest, codes: readonly GivenCode[], lines: readonly OpenLine[], now: Date) {
    const refused: QuoteProblem[] = [];
    const named = codes.flatMap(({ code, promotionId }): Candidate[] => {
      const promotion = promotionId === null ? undefined : this.promotions.get(promotionId);
      const why = promotion && isRunning(promotion, now) ? unmet(promotion, lines, request) : { reason: 'invalid' };
      if (why) refused.push(couponProblem(codes, code, why));
      return why ? [] : [{ promotion: promotion!, code }];
    });
    const automatic = this.automatic
      .filter((promotion) => isRunning(promotion, now) && !unmet(promotion, lines, request))
      .map((promotion): Candidate => ({ promotion, code: null }));
    return { candidates: [...named, ...automatic], refused };
  }

  private discountLines(
    candidates: readonly Candidate[],
    lines: readonly OpenLine[],
    currency: string,
  ): AppliedDiscount[] {
    const worth = (set: readonly Candidate[]) =>
      applyToLines(
        set,
        lines.map((line) => ({ ...line })),
        currency,
      ).reduce((sum, { amount }) => sum + amount, 0);
    return promotionClasses
      .filter((promotionClass) => promotionClass !== 'shipping')
      .flatMap((promotionClass) => applyToLines(bestOf(candidates, promotionClass, worth), lines, currency));
  }

  private shippingOf(
    request: QuoteRequest,
    parcel: Parcel,
    isShipped: boolean,
    candidates: readonly Candidate[],
    problems: QuoteProblem[],
  ) {
    const offered =
      isShipped &&
      this.body.shippingMethods.some(({ prices }) => prices.some(({ currency }) => currency === parcel.currency));
    const options = offered ? shippingOptions(this.body.shippingMethods, parcel) : [];
    const chosen = options.find(({ code }) => code === request.shippingMethod);
    if (!chosen && (offered || request.shippingMethod !== null))
      problems.push(methodProblem(request.shippingMethod, options));
    if (!chosen) return { line: null, options, discounts: [] };
    const applied = (set: readonly Candidate[]) => {
      let rest = chosen.price;
      return set.map(({ promotion, code }) => {
        const amount = shippingDiscount(promotion, rest, parcel.currency);
        rest -= amount;
        return appliedOf(
          promotion,
          code,
          amount,
          request.items.map(() => 0),
        );
      });
    };
    const total = (discounts: readonly AppliedDiscount[]) => discounts.reduce((sum, { amount }) => sum + amount, 0);
    const discounts = applied(bestOf(candidates, 'shipping', (set) => total(applied(set))));
    return { line: { ...chosen, discount: total(discounts) }, options, discounts };
  }

  private taxBases(
    request: QuoteRequest,
    lines: readonly OpenLine[],
    rates: readonly PlaceRates[],
    shipping: { price: number; discount: number; taxClass: string } | null,
    to: Destination | null,
    now: Date,
  ): TaxBase[] {
    const bases: TaxBase[] = lines.map(({ rest }, i) => ({ owner: i, amount: rest, at: rates[i]! }));
    if (!shipping) return bases;
    const amount = shipping.price - shipping.discount;
    const weights = lines.map(({ rest }) => rest);
    if (this.body.settings.shippingTax === 'proportional' && weights.some((weight) => weight > 0)) {
      const shares = split(amount, weights);
      return [...bases, ...shares.map((share, i): TaxBase => ({ owner: 'shipping', amount: share, at: rates[i]! }))];
    }
    const at = this.ratesFor(shipping.taxClass, to ?? homeOf(this.body.settings), request, now);
    return [...bases, { owner: 'shipping', amount, at }];
  }

  private promotionHints(lines: readonly OpenLine[], request: QuoteRequest, now: Date): Hint[] {
    return this.automatic
      .filter((promotion) => isRunning(promotion, now))
      .flatMap((promotion): Hint[] => {
        const why = unmet(promotion, lines, request);
        const [minGoods, missing] = [why?.['minGoods'], why?.['missing']];
        return typeof minGoods === 'number' && typeof missing === 'number'
          ? [{ promotion: { id: promotion.id, name: promotion.name }, needs: { minGoods, missing } }]
          : [];
      });
  }

  private unserved(rates: readonly PlaceRates[]): QuoteProblem[] {
    if (this.body.settings.unknownDestination !== 'refuse') return [];
    const place = rates.find(({ reason }) => reason === 'no-rate')?.place;
    if (!place) return [];
    return [
      {
        code: 'destination-not-served',
        pointer: '#/shippingAddress/country',
        detail: `the shop does not sell to ${place.country}`,
      },
    ];
  }
}

function weightOf({ items }: QuoteRequest): number {
  return items.reduce(
    (sum, { requiresShipping, weightG, quantity }) => sum + (requiresShipping ? weightG * quantity : 0),
    0,
  );
}
