export type Form = { [name: string]: string | Form };

/** Reads Stripe's form encoding: a[b][c]=1 nests. */
export function parseForm(body: string): Form {
  const form: Form = Object.create(null) as Form;
  for (const [path, value] of new URLSearchParams(body)) {
    const names = path
      .split(/[[\]]+/)
      .filter(Boolean)
      .slice(0, 5);
    let at = form;
    for (const name of names.slice(0, -1)) {
      const next = at[name];
      at = typeof next === 'object' ? next : (at[name] = Object.create(null) as Form);
    }
    at[names[names.length - 1] ?? ''] = value;
  }
  return form;
}

export function text(form: Form, name: string): string | undefined {
  const value = form[name];
  return typeof value === 'string' ? value : undefined;
}

export function record(form: Form, name: string): Record<string, string> {
  const value = form[name];
  if (typeof value !== 'object') return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
