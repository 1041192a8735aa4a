import { cpus, totalmem } from 'node:os';

export interface Measured {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Orders per transaction. */
  readonly batch: number;
  /** CPU milliseconds per answer, of each of the three that share the machine. */
  readonly programMs: number;
  readonly databaseMs: number;
  readonly clientMs: number;
  readonly walBytes: number;
  readonly statements: number;
  readonly memoryMb: number;
}

/** A figure with what was promised of it. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly wanted: number;
  readonly unit: string;
  readonly atMost: boolean;
}

/** Orders per second, and milliseconds, of a closed loop. */
export interface Overload {
  readonly peak: number;
  readonly twice: { readonly rate: number; readonly p99: number };
  readonly flood: {
    readonly connections: number;
    readonly rate: number;
    readonly p99: number;
    readonly refused: number;
    readonly refusalP99: number;
  };
}

/** What paying costs until nothing is left to do for it: answers, messages from the provider, events, deliveries. */
export interface ToItsEnd {
  /** Per second, from the first request until the last of it was done. */
  readonly rate: number;
  /** CPU of the program and PostgreSQL, milliseconds each. */
  readonly cpuMs: number;
  readonly statements: number;
}

export interface Paying {
  readonly oneShot: ToItsEnd;
  /** Order, intent, confirmation, message from the provider, completed order, webhooks delivered. */
  readonly checkout: ToItsEnd;
}

export interface OpenLoop {
  /** Of the rate in a closed loop at 64 connections. */
  readonly share: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export interface Results {
  readonly at: string;
  readonly node: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  readonly scenarios: readonly (Measured & { readonly name: string })[];
  readonly paying: Paying;
  readonly openLoop: readonly OpenLoop[];
  readonly overload: Overload;
  readonly scaleOut: {
    readonly rate: number;
    readonly lost: number;
    readonly double: number;
    readonly p99: number;
  } | null;
}

export function report({
  at,
  node,
  rounds,
  seconds,
  findings,
  scenarios,
  paying,
  openLoop,
  overload,
  scaleOut,
}: Results): string {
  const shown = (value: number, digits: number) => (Number.isFinite(value) ? value.toFixed(digits) : '');
  const reached = ({ value, wanted, atMost }: Finding) =>
    Number.isNaN(value) ? 'not measured' : (atMost ? value <= wanted : value >= wanted) ? 'yes' : 'no';
  const figure = ({ value, unit }: Finding) =>
    Number.isNaN(value)
      ? 'not measured'
      : unit === 'x'
        ? `${value.toFixed(2)}x`
        : `${value.toFixed(unit === ' ms' ? 1 : 0)}${unit}`;
  const toEnd = (name: string, { rate, cpuMs, statements }: ToItsEnd) =>
    `| ${name} | ${rate.toFixed(0)} | ${shown(cpuMs, 2)} | ${shown(statements, 1)} |`;
  const lines = [
    '# What was measured',
    '',
    `${at.slice(0, 10)}, Node ${node}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GB; load generator and`,
    `database on the same machine. Orders of two lines, durable commits; medians of ${rounds} interleaved rounds of ${seconds} s.`,
    '',
    '| what | measured | wanted | reached |',
    '| --- | ---: | ---: | --- |',
    ...findings.map(
      (f) =>
        `| ${f.what} | ${figure(f)} | ${f.atMost ? 'at most' : 'at least'} ${f.unit === 'x' ? `${f.wanted}x` : `${f.wanted}${f.unit}`} | ${reached(f)} |`,
    ),
    '',
    'The number is that of connections, or of clients where PostgreSQL is measured alone: by pgbench, its own client in C, or through the',
    'driver of this program (plain: one order per transaction in plain prepared statements; one: in one hand-tuned statement). Settings',
    'are the defaults, products have descriptions of 1.5 kB, and one webhook endpoint takes every event.',
    '',
    '| scenario | per second | p50 ms | p99 ms | orders per batch | CPU ms: program | PostgreSQL | client | statements | WAL bytes | memory MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...scenarios.map(
      (s) =>
        `| ${s.name} | ${s.rate.toFixed(0)} | ${s.p50.toFixed(1)} | ${s.p99.toFixed(1)} | ${shown(s.batch, 1)} | ${shown(s.programMs, 2)} | ${shown(s.databaseMs, 2)} | ${shown(s.clientMs, 2)} | ${shown(s.statements, 1)} | ${shown(s.walBytes, 0)} | ${shown(s.memoryMb, 0)} |`,
    ),
    '',
    'To their end, which is when nothing is left to do: the provider’s messages are applied and webhooks delivered. The simulator is on the',
    'same cores.',
    '',
    '| what | per second | CPU ms, program and PostgreSQL | statements |',
    '| --- | ---: | ---: | ---: |',
    toEnd('one-shot payments, 32 connections', paying.oneShot),
    toEnd('checkouts (order, intent, confirmation), 64 connections', paying.checkout),
    '',
    '| open loop | orders/s | p50 ms | p99 ms | p99.9 ms |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...openLoop.map(
      (o) =>
        `| ${o.share * 100} % of saturation | ${o.perSecond.toFixed(0)} | ${o.p50.toFixed(1)} | ${o.p99.toFixed(1)} | ${o.p999.toFixed(1)} |`,
    ),
    '',
    `Overload in a closed loop: ${overload.peak.toFixed(0)} orders/s at the peak; ${overload.twice.rate.toFixed(0)} (p99 ${overload.twice.p99.toFixed(0)} ms) with twice as many clients;`,
    `${overload.flood.rate.toFixed(0)} (p99 ${overload.flood.p99.toFixed(0)} ms) with ${overload.flood.connections} of them, while ${overload.flood.refused} requests were turned away with 503 and Retry-After`,
    `(p99 ${overload.flood.refusalP99.toFixed(0)} ms).`,
    ...(scaleOut
      ? [
          '',
          `Two API processes and one worker: ${scaleOut.rate.toFixed(0)} orders/s, p99 ${scaleOut.p99.toFixed(0)} ms, ${scaleOut.lost} lost, ${scaleOut.double} placed twice.`,
        ]
      : []),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** A bar chart, plain enough for any browser. */
export function bars(title: string, values: readonly { readonly name: string; readonly value: number }[]): string {
  const [width, row, left] = [760, 34, 150];
  const max = Math.max(...values.map(({ value }) => value), 1);
  const height = 60 + values.length * row;
  const rows = values.map(({ name, value }, i) => {
    const [y, length] = [50 + i * row, Math.max(1, (value / max) * (width - left - 90))];
    return (
      `<text x="${left - 10}" y="${y + 15}" text-anchor="end">${name}</text>` +
      `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="22" fill="#3b6ea5"/>` +
      `<text x="${(left + length + 8).toFixed(1)}" y="${y + 15}">${value.toFixed(0)}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="14">
<rect width="100%" height="100%" fill="#fff"/><text x="${left}" y="28" font-size="17" font-weight="600">${title}</text>
${rows.join('\n')}
</svg>
`;
}
