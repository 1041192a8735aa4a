import { scale, split } from '#kernel/share.js';
import type { Destination } from './destination.js';
import type { TaxLine } from './quote-types.js';
import type { CurrencySettings, TaxRate } from './tariff.js';

export const MILLION = 1_000_000;

/** Rates by country and class; a place has those of its country and of its region, which add up. */
export type RateTable = ReadonlyMap<string, readonly TaxRate[]>;

export function rateTable(rates: readonly TaxRate[]): RateTable {
  const table = new Map<string, TaxRate[]>();
  for (const rate of rates) {
    const key = `${rate.country} ${rate.taxClass}`;
    table.set(key, [...(table.get(key) ?? []), rate]);
  }
  return table;
}

/** What applies to a class of goods at a place. */
export interface PlaceRates {
  readonly place: Destination;
  readonly taxClass: string;
  /** Empty where nothing applies. */
  readonly rates: readonly TaxRate[];
  /** Their sum, parts per million. */
  readonly ppm: number;
  /** Why nothing is charged although there may be rates. */
  readonly reason: string | null;
}

/** Nothing is said of a tax at all. */
export const untaxedAt = (place: Destination, taxClass: string): PlaceRates => ({
  place,
  taxClass,
  rates: [],
  ppm: 0,
  reason: null,
});

export function ratesAt(
  table: RateTable,
  place: Destination,
  taxClass: string,
  now: Date,
  exempt: string | null,
): PlaceRates {
  const time = now.getTime();
  const rates = (table.get(`${place.country} ${taxClass}`) ?? []).filter(
    ({ region, validFrom, validTo }) =>
      (region === null || region.toUpperCase() === place.region) &&
      Date.parse(validFrom) <= time &&
      (validTo === null || time < Date.parse(validTo)),
  );
  if (exempt !== null) return { place, taxClass, rates: [], ppm: 0, reason: exempt };
  const ppm = rates.reduce((sum, rate) => sum + rate.ratePpm, 0);
  return { place, taxClass, rates, ppm, reason: rates.length === 0 ? 'no-rate' : null };
}

/** Tax of an amount; included in it, or on top. The tax is what is rounded, never the net amount. */
export function taxOf(amount: number, ppm: number, isIncluded: boolean): number {
  return scale(amount, ppm, isIncluded ? MILLION + ppm : MILLION);
}

/** An amount that is taxed: of a line, of shipping, or of the part of shipping that a line carries. */
export interface TaxBase {
  readonly owner: number | 'shipping';
  readonly amount: number;
  readonly at: PlaceRates;
}

export interface TaxedBase extends TaxBase {
  readonly tax: number;
}

/** Rounds once for each amount, or once for all that have the same rates, and splits that back onto them. */
export function taxed(bases: readonly TaxBase[], { pricesIncludeTax, rounding }: CurrencySettings): TaxedBase[] {
  if (rounding === 'line')
    return bases.map((base) => ({ ...base, tax: taxOf(base.amount, base.at.ppm, pricesIncludeTax) }));
  const taxes = bases.map(() => 0);
  const groups = new Map<string, number[]>();
  bases.forEach(({ at }, i) => groups.set(keyOf(at), [...(groups.get(keyOf(at)) ?? []), i]));
  for (const members of groups.values()) {
    const amounts = members.map((i) => bases[i]!.amount);
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    const shares = split(taxOf(total, bases[members[0]!]!.at.ppm, pricesIncludeTax), amounts);
    members.forEach((i, n) => (taxes[i] = shares[n]!));
  }
  return bases.map((base, i) => ({ ...base, tax: taxes[i]! }));
}

const keyOf = ({ rates, reason }: PlaceRates) => rates.map(({ id }) => id).join(' ') || String(reason);

/** The tax by rate: components of one amount add up to its tax. */
export function taxLinesOf(bases: readonly TaxedBase[], isIncluded: boolean): TaxLine[] {
  const lines = new Map<string, TaxLine>();
  const add = (key: string, line: TaxLine) => {
    const before = lines.get(key);
    lines.set(key, before ? { ...before, net: before.net + line.net, amount: before.amount + line.amount } : line);
  };
  for (const { amount, tax, at } of bases) {
    const { place, taxClass, rates, reason } = at;
    const net = isIncluded ? amount - tax : amount;
    const common = { taxClass, country: place.country, net };
    if (reason !== null)
      add(`${place.country} ${taxClass} ${reason}`, {
        ...common,
        name: '',
        region: place.region,
        ratePpm: 0,
        amount: 0,
        reason,
      });
    const parts =
      at.ppm === 0
        ? rates.map(() => 0)
        : split(
            tax,
            rates.map(({ ratePpm }) => ratePpm),
          );
    rates.forEach(({ id, name, region, ratePpm }, i) =>
      add(id, { ...common, name, region, ratePpm, amount: parts[i]! }),
    );
  }
  return [...lines.values()];
}
