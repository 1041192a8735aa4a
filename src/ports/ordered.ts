/**
 * Brings what modules have registered into the order that the composition root has written down.
 * @throws Error when one of the two names something that the other does not
 */
export function inOrder<T extends { readonly name: string }>(
  what: string,
  registered: readonly T[],
  order: readonly string[],
): T[] {
  const missing = order.filter((name) => !registered.some((one) => one.name === name));
  const unknown = registered.filter(({ name }) => !order.includes(name)).map(({ name }) => name);
  if (missing.length > 0 || unknown.length > 0)
    throw new Error(`The list of ${what} misses [${unknown.join()}] and names [${missing.join()}] in vain`);
  return [...registered].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}
