import { invalid, type Reply } from './answers.js';
import type { Simulated } from './routes.js';

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

interface Challenged {
  readonly id: string;
  readonly status: string;
  readonly client_secret: string;
  readonly amount?: number;
  readonly currency?: string;
}

function purposeOf({ amount, currency }: Challenged): string {
  return amount === undefined || currency === undefined
    ? 'saves a card with the simulated shop'
    : `pays <b>${amount} ${escaped(currency.toUpperCase())}</b> (in the smallest unit) to the simulated shop`;
}

/** The page of a card's bank, on which a payer passes or fails the challenge of 3-D Secure, or leaves. */
function challengePage(intent: Challenged, returnUrl: string | null): string {
  const back = returnUrl === null ? '' : `<input type="hidden" name="return_url" value="${escaped(returnUrl)}">`;
  const button = (outcome: string, label: string) =>
    `<form method="post"><input type="hidden" name="outcome" value="${outcome}">${back}<button>${label}</button></form>`;
  const body =
    intent.status === 'requires_action'
      ? `<p>Your bank wants to know whether it is you who ${purposeOf(intent)}.</p>
${button('pass', 'Complete authentication')}
${button('fail', 'Fail authentication')}
${button('abandon', 'Leave without doing either')}`
      : `<p>There is nothing to do: it is <b>${escaped(intent.status)}</b>.</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated 3-D Secure challenge</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a2e; background: #f7f7fb }
main { background: #fff; border: 1px solid #d9d9e3; border-radius: 8px; padding: 1.5rem }
button { width: 100%; margin: .3rem 0; padding: .7rem; font: inherit; border: 1px solid #4b4bd6; border-radius: 6px; background: #fff; color: #35359e; cursor: pointer }
form:first-of-type button { background: #4b4bd6; color: #fff }
</style>
</head>
<body><main>
<h1>3-D Secure</h1>
${body}
<p><small>A simulator’s page: no bank is asked and no money moves. ${escaped(intent.id)}.</small></p>
</main></body>
</html>
`;
}

/** The page of the payer's bank. Its address holds the client secret, as the payer's browser does. */
export function challenge({ store, bank, vault }: Simulated, method: string, url: URL, body: string): Reply {
  const id = url.pathname.split('/')[3] ?? '';
  const isSetup = id.startsWith('seti_');
  const intent: Challenged = isSetup ? store.setup(id) : store.intent(id).intent;
  if (url.searchParams.get('client_secret') !== intent.client_secret)
    throw invalid(401, 'The client secret is not that of the payment intent.', 'payment_intent_unauthenticated');
  const html = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  const form = new URLSearchParams(body);
  const returnUrl = form.get('return_url') ?? url.searchParams.get('return_url');
  if (method !== 'POST') return { status: 200, body: challengePage(intent, returnUrl), headers: html };
  const outcome = form.get('outcome');
  const answers: { answerChallenge(id: string, hasPassed: boolean): Challenged } = isSetup ? vault : bank;
  const after = outcome === 'pass' || outcome === 'fail' ? answers.answerChallenge(id, outcome === 'pass') : intent;
  if (returnUrl === null) return { status: 200, body: challengePage(after, null), headers: html };
  const back = new URL(returnUrl);
  const name = isSetup ? 'setup_intent' : 'payment_intent';
  back.searchParams.set(name, id);
  back.searchParams.set(`${name}_client_secret`, intent.client_secret);
  return { status: 303, body: '', headers: { location: back.href } };
}
