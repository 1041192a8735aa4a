import type { QuoteProblem, QuoteRequest } from './quote-types.js';
import type { PricingSettings, ShippingArea, TariffBody } from './tariff.js';

/** Where goods are taxed, or sent. */
export interface Destination {
  readonly country: string;
  readonly region: string | null;
  readonly zipCode: string | null;
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null;

/** Null while the country is not known. */
export function destinationOf(address: QuoteRequest['address']): Destination | null {
  const country = textOf(address?.country)?.toUpperCase();
  if (!country || !/^[A-Z]{2}$/.test(country)) return null;
  return { country, region: textOf(address?.state)?.toUpperCase() ?? null, zipCode: textOf(address?.zipCode) };
}

export function homeOf({ home }: PricingSettings): Destination {
  return { country: home.country, region: home.region?.toUpperCase() ?? null, zipCode: null };
}

export function isWithin({ country, regions, zipPrefixes }: ShippingArea, to: Destination): boolean {
  if (country !== to.country) return false;
  if (regions && !regions.some((region) => region.toUpperCase() === to.region)) return false;
  const zip = to.zipCode?.replaceAll(' ', '').toUpperCase();
  return !zipPrefixes || zipPrefixes.some((prefix) => zip?.startsWith(prefix.replaceAll(' ', '').toUpperCase()));
}

/** Members of the address that the tariff has to know of goods that are sent, and that are not there. */
export function missingOfAddress(body: TariffBody, currency: string, to: Destination | null): QuoteProblem[] {
  const missing = (member: string): QuoteProblem[] => [
    {
      code: 'address-incomplete',
      pointer: `#/shippingAddress/${member}`,
      detail: `the price depends on ${member} of the shipping address`,
    },
  ];
  const offered = body.shippingMethods.filter(({ prices }) => prices.some((price) => price.currency === currency));
  const areas = offered.flatMap((method) => (method.areas === '*' ? [] : method.areas));
  const rates = body.settings.currencies[currency] ? body.taxRates : [];
  if (to === null) return areas.length > 0 || rates.length > 0 ? missing('country') : [];
  const here = areas.filter((area) => area.country === to.country);
  const hasRegions =
    here.some(({ regions }) => regions !== undefined) ||
    rates.some(({ country, region }) => country === to.country && region !== null);
  return [
    ...(hasRegions && to.region === null ? missing('state') : []),
    ...(here.some(({ zipPrefixes }) => zipPrefixes !== undefined) && to.zipCode === null ? missing('zipCode') : []),
  ];
}
