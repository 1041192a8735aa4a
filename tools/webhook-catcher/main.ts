import { parseArgs } from 'node:util';
import { Catcher, type Caught } from './catcher.js';

const help = `npm run catcher -- [options]

Takes webhooks and prints what came and whether its signature holds. It registers itself with the running server, and
takes itself out again when it is stopped with Ctrl-C.

  --port 3010          where it listens
  --server URL         the server to register with (http://127.0.0.1:3000)
  --key KEY            an API key of that server with the scope webhooks:write (the demo key)
  --events '*'         what to be told, comma separated: order.*,payment.succeeded
  --secret whsec_...   do not register; check signatures with this secret
  --status 200         what to answer
  --delay 0            milliseconds before it answers
  --quiet              one line each, without the body
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3010' },
      server: { type: 'string', default: `http://127.0.0.1:${process.env['PORT'] ?? 3000}` },
      key: { type: 'string', default: 'test-key-123' },
      events: { type: 'string', default: '*' },
      secret: { type: 'string' },
      status: { type: 'string', default: '200' },
      delay: { type: 'string', default: '0' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'port' | 'status' | 'delay', min: number, max: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new Error(`--${name} must be a whole number from ${min} to ${max}`);
    return value;
  };
  return {
    ...values,
    port: number('port', 0, 65_535),
    status: number('status', 200, 599),
    delay: number('delay', 0, 3_600_000),
  };
}

function tell({ id, type, body, isSigned, times }: Caught, quiet: boolean): void {
  const signature =
    isSigned === null ? 'signature not checked' : isSigned ? 'signature holds' : 'SIGNATURE DOES NOT HOLD';
  say(`${new Date().toISOString()}  ${type}  ${id}  ${signature}${times > 1 ? `  (time ${times})` : ''}`);
  if (!quiet) say(`  ${body}`);
}

async function run(): Promise<void> {
  const chosen = options();
  if (chosen.help) {
    say(help);
    return;
  }
  const catcher = await Catcher.listen({
    port: chosen.port,
    status: chosen.status,
    delayMs: chosen.delay,
    onCaught: (caught) => tell(caught, chosen.quiet),
  });
  say(`Catching webhooks at ${catcher.url}`);
  const call = (method: string, path: string, body?: object) =>
    fetch(`${chosen.server}/api/v1/webhooks/endpoints${path}`, {
      method,
      headers: { 'x-api-key': chosen.key, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  let endpointId: string | null = null;
  if (chosen.secret !== undefined) catcher.secret = chosen.secret;
  else {
    try {
      const events = chosen.events.split(',').map((pattern) => pattern.trim());
      const answer = await call('POST', '', { url: catcher.url, events, description: 'npm run catcher' });
      const body = (await answer.json()) as { id: string; secret: string; detail?: string };
      if (answer.ok) {
        endpointId = body.id;
        catcher.secret = body.secret;
        say(
          `Registered with ${chosen.server} as endpoint ${body.id} for ${events.join(', ')}. Place an order and see.`,
        );
      } else
        say(
          `${chosen.server} did not take it: ${body.detail ?? answer.status}. It catches all the same; signatures are not checked.`,
        );
    } catch {
      say(
        `No server answers at ${chosen.server}. It catches all the same; signatures are not checked (--secret whsec_... checks them).`,
      );
    }
  }
  const stop = async () => {
    if (endpointId) await call('DELETE', `/${endpointId}`).catch(() => undefined);
    await catcher.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

try {
  await run();
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  process.stderr.write(code === 'EADDRINUSE' ? 'That port is taken; choose another with --port.\n' : `${message}\n`);
  process.exitCode = 1;
}
