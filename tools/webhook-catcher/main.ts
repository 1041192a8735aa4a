import { commandLine } from '#platform/command-line/command-line.js';
import { runServer } from '#platform/command-line/lifetime.js';
import type { Caught } from './catcher.js';

const { values } = commandLine({
  name: 'npm run catcher',
  purpose:
    'Takes webhooks and prints what came and whether its signature holds. It registers itself with the running server, and takes itself out again when it is stopped.',
  readsEnvironmentFile: true,
  options: {
    port: {
      type: 'integer',
      placeholder: 'N',
      min: 0,
      max: 65_535,
      default: 3010,
      text: 'where it listens; 0 picks a free port',
    },
    server: {
      type: 'url',
      placeholder: 'URL',
      default: () => `http://127.0.0.1:${process.env['PORT'] || 3000}`,
      text: 'the server to register with',
    },
    key: {
      type: 'text',
      placeholder: 'KEY',
      default: 'test-key-123',
      text: 'an API key of that server with the scope webhooks:write',
    },
    events: {
      type: 'text',
      placeholder: 'PATTERNS',
      default: '*',
      text: 'what to be told, comma separated: order.*,payment.succeeded',
    },
    secret: { type: 'text', placeholder: 'SECRET', text: 'do not register; check signatures with this whsec_ secret' },
    status: { type: 'integer', placeholder: 'N', min: 200, max: 599, default: 200, text: 'what to answer' },
    delay: {
      type: 'integer',
      placeholder: 'MS',
      min: 0,
      max: 3_600_000,
      default: 0,
      text: 'milliseconds before it answers',
    },
    quiet: { type: 'flag', text: 'one line each, without the body' },
  },
  environment: { PORT: 'the port of the server on this machine' },
  examples: ['npm run catcher', "npm run catcher -- --events 'order.*' --quiet"],
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function tell({ id, type, body, isSigned, times }: Caught): void {
  const signature =
    isSigned === null ? 'signature not checked' : isSigned ? 'signature holds' : 'SIGNATURE DOES NOT HOLD';
  say(`${new Date().toISOString()}  ${type}  ${id}  ${signature}${times > 1 ? `  (time ${times})` : ''}`);
  if (!values.quiet) say(`  ${body}`);
}

function call(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${values.server}/api/v1/webhooks/endpoints${path}`, {
    method,
    headers: { 'x-api-key': values.key, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
}

/** @returns the endpoint that was made; null when the server did not make one, which is said */
async function register(url: string): Promise<{ id: string; secret: string } | null> {
  const events = values.events.split(',').map((pattern) => pattern.trim());
  try {
    const answer = await call('POST', '', { url, events, description: 'npm run catcher' });
    const body = (await answer.json()) as { id: string; secret: string; detail?: string };
    if (answer.ok) {
      say(`Registered with ${values.server} as endpoint ${body.id} for ${events.join(', ')}. Place an order and see.`);
      return body;
    }
    say(`${values.server} did not take it: ${body.detail ?? answer.status}. It catches all the same, unchecked.`);
  } catch {
    say(`No server answers at ${values.server}. It catches all the same, unchecked; --secret checks signatures.`);
  }
  return null;
}

await runServer({ text: 'The catcher could not start', code: 1 }, async (lifetime) => {
  const { Catcher } = await import('./catcher.js');
  const { port, status, delay: delayMs, secret } = values;
  const catcher = await lifetime.start(
    () => Catcher.listen({ port, status, delayMs, onCaught: tell }),
    (listening) => listening.close(),
  );
  say(`Catching webhooks at ${catcher.url}`);
  if (secret !== null) {
    catcher.secret = secret;
    return;
  }
  const endpoint = await lifetime.start(
    () => register(catcher.url),
    (made) => made && call('DELETE', `/${made.id}`).catch(() => undefined),
  );
  catcher.secret = endpoint?.secret ?? null;
});
