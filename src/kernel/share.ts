/**
 * Exact arithmetic with amounts of money: integers in minor units, never a fraction of one. Everything that scales, splits or
 * takes a part of an amount uses these three, so that parts always add up to the whole.
 */

/**
 * `amount * numerator / denominator`, rounded half up.
 * @param amount not negative @param numerator not negative @param denominator positive
 * @throws RangeError for anything that is not a safe integer, the result included
 */
export function scale(amount: number, numerator: number, denominator: number): number {
  assertWhole(amount, numerator, denominator);
  if (denominator === 0) throw new RangeError('An amount cannot be divided by zero');
  // Twice the exact result plus a half: the remainder of doubles is exact, and so is the division of an exact multiple.
  const twice = 2 * denominator;
  const scaled = 2 * amount * numerator + denominator;
  if (scaled <= Number.MAX_SAFE_INTEGER && twice <= Number.MAX_SAFE_INTEGER) return (scaled - (scaled % twice)) / twice;
  return toNumber((2n * BigInt(amount) * BigInt(numerator) + BigInt(denominator)) / (2n * BigInt(denominator)));
}

/**
 * Splits an amount by weights: each share is rounded down, and what is left goes, one unit each, to the largest remainders; of
 * equal ones to the larger weight, then to the one that comes first. The shares add up to the amount. No share is larger than
 * its weight while the amount is not larger than all weights together.
 * @throws RangeError for anything that is not a safe integer, and for an amount without a weight to carry it
 */
export function split(amount: number, weights: readonly number[]): number[] {
  assertWhole(amount, ...weights);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  assertWhole(total);
  if (total === 0) {
    if (amount !== 0) throw new RangeError(`Nothing can carry ${amount}`);
    return weights.map(() => 0);
  }
  const parts = weights.map((weight, position) => ({ position, weight, ...divide(amount, weight, total) }));
  const shares = parts.map(({ whole }) => whole);
  const left = amount - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = [...parts].sort(
    (a, b) => b.remainder - a.remainder || b.weight - a.weight || a.position - b.position,
  );
  for (const { position } of byRemainder.slice(0, left)) shares[position]! += 1;
  return shares;
}

/**
 * What so many units carry of a total when others were taken before them: a difference of cumulative shares, so that the parts of
 * every sequence add up to the total.
 * @param units of which the total is @param from units taken before @param count units to take now
 * @throws RangeError when more are taken than there are
 */
export function taken(total: number, units: number, from: number, count: number): number {
  assertWhole(total, units, from, count);
  if (units === 0 || from + count > units)
    throw new RangeError(`${from} and ${count} of ${units} units cannot be taken`);
  return divide(total, from + count, units).whole - divide(total, from, units).whole;
}

/** `amount * weight / total`, rounded down, with what is left of the division. */
function divide(amount: number, weight: number, total: number): { whole: number; remainder: number } {
  const product = amount * weight;
  if (product <= Number.MAX_SAFE_INTEGER) {
    const remainder = product % total;
    return { whole: (product - remainder) / total, remainder };
  }
  const exact = BigInt(amount) * BigInt(weight);
  return { whole: toNumber(exact / BigInt(total)), remainder: Number(exact % BigInt(total)) };
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`An amount left the range of exact integers: ${value}`);
  return Number(value);
}

function assertWhole(...values: readonly number[]): void {
  for (const value of values)
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not an amount of whole units`);
}
