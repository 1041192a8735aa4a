type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets that stand in documentation and on websites. Defaults of the embedded demo are added as they are read. */
const published = ['secret', 'changeme', 'change-me', 'your-secret-key', 'jwt-secret', 'whsec_test_secret'];

/** Reads environment variables, and notes every mistake instead of stopping at the first. */
export class SettingsReader {
  private readonly noted: string[] = [];
  private readonly published = new Set(published);
  private readonly given: { readonly name: string; readonly value: string; readonly minLength: number }[] = [];
  /** Whether defaults that are no secret may be used. */
  readonly isDevelopment: boolean;

  constructor(private readonly env: Environment) {
    this.isDevelopment = env['NODE_ENV']?.trim() !== 'production';
  }

  /** Every mistake, each naming its variable. */
  get complaints(): readonly string[] {
    const weak = this.isDevelopment ? [] : this.given.flatMap((secret) => this.weaknessOf(secret));
    return [...new Set([...this.noted, ...weak])];
  }

  complain(name: string, expectation: string): void {
    this.noted.push(`${name}=${JSON.stringify(this.env[name] ?? '')}: ${expectation}`);
  }

  /** As complain, for values that must not be repeated. */
  complainWithoutValue(name: string, expectation: string): void {
    this.noted.push(`${name}: ${expectation}`);
  }

  /** Null when it is not set, or empty. */
  text(name: string): string | null {
    return this.env[name]?.trim() || null;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    this.complain(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  choice<T extends string>(name: string, fallback: T, choices: readonly T[]): T {
    const value = this.text(name);
    if (value === null) return fallback;
    if ((choices as readonly string[]).includes(value)) return value as T;
    this.complain(name, `must be one of ${choices.join(', ')}`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase() ?? null;
    if (value === null) return fallback;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (['false', '0', 'no', 'off'].includes(value)) return false;
    this.complain(name, 'must be true or false');
    return fallback;
  }

  url(name: string, protocols: readonly string[]): string | null {
    const value = this.text(name);
    if (value === null) return null;
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    // The value may hold a password.
    const starts = protocols.map((protocol) => `${protocol}//`).join(' or ');
    this.complainWithoutValue(name, `must be a URL that starts with ${starts}`);
    return null;
  }

  /** Comma-separated numbers of seconds, at most 50. */
  seconds(name: string, fallback: string): number[] {
    const values = (this.text(name) ?? fallback).split(',').map((value) => value.trim());
    if (values.length <= 50 && values.every((value) => /^\d{1,6}$/.test(value))) return values.map(Number);
    this.complain(name, 'must be up to 50 whole numbers of seconds, comma separated, such as 0,5,300');
    return fallback.split(',').map(Number);
  }

  /** Comma-separated texts. */
  list(name: string, fallback: string): string[] {
    return (this.text(name) ?? fallback)
      .split(',')
      .map((value) => value.trim())
      .filter(Boolean);
  }

  /**
   * Comma-separated secrets; several while one is being replaced. The default is for development, and refused in
   * production, as is what is too short.
   */
  secrets(name: string, fallback: string, minLength: number, isNeeded = true): string[] {
    this.isPublished(fallback);
    const values = this.list(name, this.isDevelopment ? fallback : '');
    if (values.length === 0 && isNeeded && !this.isDevelopment)
      this.complainWithoutValue(name, 'must be set in production');
    for (const value of values) this.given.push({ name, value, minLength });
    return values;
  }

  /** A value that no secret may have in production. */
  isPublished(value: string): void {
    this.published.add(value.toLowerCase());
  }

  private weaknessOf({ name, value, minLength }: (typeof this.given)[number]): string[] {
    if (this.published.has(value.toLowerCase()))
      return [`${name}: is a published default; make one of your own, e.g. with: openssl rand -base64 48`];
    return value.length < minLength
      ? [`${name}: must have at least ${minLength} characters in production, e.g. from: openssl rand -base64 48`]
      : [];
  }
}
