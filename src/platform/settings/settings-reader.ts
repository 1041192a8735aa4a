import type { Json } from '#kernel/json.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets that stand in documentation and on websites. Defaults of the embedded demo are added as they are read. */
const published = ['secret', 'changeme', 'change-me', 'your-secret-key', 'jwt-secret', 'whsec_test_secret'];

const MIN_DIFFERENT_CHARACTERS = 8;

/** Reads environment variables, and notes every mistake instead of stopping at the first. */
export class SettingsReader {
  private readonly noted: string[] = [];
  private readonly published = new Set(published);
  private readonly given: { readonly name: string; readonly value: string; readonly minLength: number }[] = [];
  readonly isProduction: boolean;
  /**
   * Whether published secrets and careless defaults may be used. Only where everything stays on this machine and no money
   * can move: the embedded database (or NODE_ENV=test), a loopback host, not production, and nothing set that is not for it.
   */
  readonly isDemo: boolean;

  /** @param notForDemo variables that no demo has, such as the key of a payment provider */
  constructor(
    private readonly env: Environment,
    notForDemo: readonly string[] = [],
  ) {
    const nodeEnv = this.text('NODE_ENV');
    this.isProduction = nodeEnv === 'production';
    this.isDemo =
      !this.isProduction &&
      (this.text('DATABASE_URL') === null || nodeEnv === 'test') &&
      isLoopback(this.text('HOST') ?? '127.0.0.1') &&
      notForDemo.every((name) => this.text(name) === null);
  }

  /** Every mistake, each naming its variable. */
  get complaints(): readonly string[] {
    const weak = this.isDemo ? [] : this.given.flatMap((secret) => this.weaknessOf(secret));
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

  /** As url, for a service that is given secrets or money: without TLS only on this machine, or in the demo. */
  serviceUrl(name: string): string | null {
    const value = this.url(name, ['http:', 'https:']);
    if (value === null || this.isDemo) return value;
    const { protocol, hostname } = new URL(value);
    if (protocol === 'http:' && !isLoopback(hostname))
      this.complainWithoutValue(name, 'must be https: it would be called over the network in the clear');
    return value;
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
   * Comma-separated secrets; several while one is being replaced. The default is for the demo. Elsewhere it is refused, as
   * is what is too short, too uniform, or used for two purposes.
   */
  secrets(name: string, fallback: string, minLength: number, isNeeded = true): string[] {
    this.isPublished(fallback);
    const values = this.list(name, this.isDemo ? fallback : '');
    if (values.length === 0 && isNeeded && !this.isDemo)
      this.complainWithoutValue(name, this.isProduction ? 'must be set in production' : 'must be set outside the demo');
    for (const value of values) this.isSecret(name, value, minLength);
    return values;
  }

  /** Notes a secret that was read by other means, so that it is judged like the others. */
  isSecret(name: string, value: string, minLength: number): void {
    this.given.push({ name, value, minLength });
  }

  /** Null when it is not set, or is not JSON, which is complained of. */
  json(name: string): Json {
    const value = this.text(name);
    if (value === null) return null;
    try {
      return JSON.parse(value) as Json;
    } catch {
      this.complainWithoutValue(name, 'must be JSON'); // it may hold secrets
      return null;
    }
  }

  /** A value that no secret may have outside the demo. */
  isPublished(value: string): void {
    this.published.add(value.toLowerCase());
  }

  private weaknessOf({ name, value, minLength }: (typeof this.given)[number]): string[] {
    const advice = 'e.g. from: openssl rand -base64 48';
    if (this.published.has(value.toLowerCase()))
      return [`${name}: is a published default; make one of your own, ${advice}`];
    if (value.length < minLength)
      return [`${name}: must have at least ${minLength} characters outside the demo, ${advice}`];
    const key = value.startsWith('whsec_') ? value.slice('whsec_'.length) : value;
    if (/placeholder|change-?me/i.test(key))
      return [`${name}: is taken from a manual; make one of your own, ${advice}`];
    if (new Set(key).size < MIN_DIFFERENT_CHARACTERS)
      return [
        `${name}: is too easy to guess: it has fewer than ${MIN_DIFFERENT_CHARACTERS} different characters; make one of your own, ${advice}`,
      ];
    const other = this.given.find((secret) => secret.name !== name && secret.value === value);
    return other ? [`${name}: is the same as ${other.name}; each needs a secret of its own`] : [];
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
