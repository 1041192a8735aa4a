import type { LookupAddress } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DestinationNotAllowed, UrlPolicy } from '#ports/url-policy.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { EgressSettings } from './egress-settings.js';
import { isPublicAddress, isWebPort, literalAddress } from './addresses.js';
import { DnsResolver } from './dns-resolver.js';

const beforePost = defineFailpoint('outgoing.before-post');
const afterAnswer = defineFailpoint('outgoing.after-answer');

const CONNECT_TIMEOUT_MS = 5_000;
const TOTAL_TIMEOUT_MS = 15_000;
const KEPT_BYTES = 4_096;

export interface EgressAnswer {
  readonly status: number;
  /** The first 4 KiB. */
  readonly body: string;
  readonly retryAfter: string | null;
  readonly milliseconds: number;
}

/** A receiver that could not be reached, or did not answer in time. */
export class NotDelivered extends Error {
  constructor(
    message: string,
    readonly milliseconds: number,
  ) {
    super(message);
  }
}

/** Then no receiver was asked, which is no failure of one. */
export function isOutOfHandles(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}

class StaleConnection extends NotDelivered {}

/**
 * Posts to addresses that merchants have given. Each is checked when it is given and again for every connection, on the
 * very addresses that are connected to, so that a name which changes its mind in between (DNS rebinding) gets nowhere.
 * Redirects are answers like any other, never followed; 5 s to connect, 15 s in all, and of an answer 4 KiB are read.
 */
@Injectable()
export class EgressClient extends UrlPolicy implements OnApplicationShutdown {
  private readonly http: HttpAgent;
  private readonly https: HttpsAgent;

  constructor(
    private readonly settings: EgressSettings,
    private readonly names: DnsResolver,
  ) {
    super();
    const options = { keepAlive: true, maxFreeSockets: 64, lookup: lookupOf(names, !settings.allowPrivate) };
    this.http = new HttpAgent(options);
    this.https = new HttpsAgent(options);
  }

  override async refusal(text: string): Promise<DestinationNotAllowed | null> {
    const refused = this.refusalOfText(text);
    if (refused || this.settings.allowPrivate) return refused;
    const url = new URL(text);
    if (literalAddress(url) !== null) return null;
    const addresses = await new Promise<LookupAddress[]>((resolve) =>
      this.names.lookup(url.hostname, {}, (error, found) => resolve(error ? [] : found)),
    );
    if (addresses.length === 0) return new DestinationNotAllowed(`The hostname ${url.hostname} does not resolve.`);
    const isPublic = addresses.every(({ address }) => isPublicAddress(address));
    return isPublic ? null : new DestinationNotAllowed(`${url.hostname} is not on the public internet.`);
  }

  /** What can be said without asking the DNS. */
  private refusalOfText(text: string): DestinationNotAllowed | null {
    if (!URL.canParse(text)) return new DestinationNotAllowed('Not a valid URL.');
    const url = new URL(text);
    const { allowPrivate: isLifted } = this.settings;
    if (url.protocol !== 'https:' && !(isLifted && url.protocol === 'http:'))
      return new DestinationNotAllowed('The URL must start with https://.');
    if (url.username !== '' || url.password !== '')
      return new DestinationNotAllowed('The URL must not contain a username or password.');
    if (!isLifted && /(^|\.)localhost\.?$/i.test(url.hostname))
      return new DestinationNotAllowed(`${url.hostname} is not on the public internet.`);
    if (!isLifted && !isWebPort(url.port))
      return new DestinationNotAllowed(`Port ${url.port} is not an allowed web port.`);
    const literal = literalAddress(url);
    if (!isLifted && literal !== null && !isPublicAddress(literal))
      return new DestinationNotAllowed(`${literal} is not on the public internet.`);
    return null;
  }

  /** @throws DestinationNotAllowed, NotDelivered, or the system's error when it has no file handles left */
  async post(address: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<EgressAnswer> {
    const refused = this.refusalOfText(address);
    if (refused) throw refused;
    beforePost();
    const answer = await this.send(new URL(address), headers, body).catch((error: unknown) => {
      // A connection that was kept open had been closed by the other side meanwhile: nothing was received over it.
      if (!(error instanceof StaleConnection)) throw error;
      return this.send(new URL(address), headers, body);
    });
    afterAnswer();
    return answer;
  }

  private send(url: URL, headers: Readonly<Record<string, string>>, body: Buffer): Promise<EgressAnswer> {
    const started = performance.now();
    const elapsed = () => Math.round(performance.now() - started);
    const isSecure = url.protocol === 'https:';
    return new Promise<EgressAnswer>((resolve, reject) => {
      const outgoing = (isSecure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: isSecure ? this.https : this.http,
        headers: { ...headers, 'content-length': body.length },
      });
      let isOver = false;
      const fail = (error: Error) => {
        isOver = true;
        clearTimeout(total);
        clearTimeout(connect);
        const isTold = error instanceof DestinationNotAllowed || error instanceof NotDelivered || isOutOfHandles(error);
        reject(isTold ? error : new NotDelivered(error.message.slice(0, 300), elapsed()));
        outgoing.destroy();
      };
      const giveUp = (reason: string) => () => fail(new NotDelivered(reason, elapsed()));
      const total = setTimeout(giveUp(`no answer within ${TOTAL_TIMEOUT_MS / 1000} s`), TOTAL_TIMEOUT_MS);
      const connect = setTimeout(giveUp(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`), CONNECT_TIMEOUT_MS);
      outgoing.on('socket', (socket) => {
        // A connection that was kept open is there already.
        if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(connect));
        else clearTimeout(connect);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        fail(isStale ? new StaleConnection(error.message, elapsed()) : error);
      });
      // Whatever else may end a request without an error or an answer.
      outgoing.on('upgrade', (_incoming, socket) => {
        socket.destroy();
        fail(new NotDelivered('the receiver wanted another protocol', elapsed()));
      });
      outgoing.on('close', () => {
        if (!isOver) fail(new NotDelivered('the connection was closed', elapsed()));
      });
      outgoing.on('response', (incoming) => {
        const finish = (text: string) => {
          isOver = true;
          clearTimeout(total);
          clearTimeout(connect);
          const retryAfter = incoming.headers['retry-after'] ?? null;
          resolve({ status: incoming.statusCode ?? 0, body: text, retryAfter, milliseconds: elapsed() });
        };
        readStart(incoming, finish, fail);
      });
      outgoing.end(body);
    });
  }

  onApplicationShutdown(): void {
    this.http.destroy();
    this.https.destroy();
  }
}

/** Reads the first bytes of an answer, and no more than are kept: a receiver may answer with gigabytes. */
function readStart(incoming: IncomingMessage, finish: (text: string) => void, fail: (error: Error) => void): void {
  const chunks: Buffer[] = [];
  let kept = 0;
  const end = () => finish(Buffer.concat(chunks).subarray(0, KEPT_BYTES).toString('utf8'));
  incoming.on('data', (chunk: Buffer) => {
    kept += chunk.length;
    chunks.push(chunk);
    if (kept < KEPT_BYTES) return;
    end();
    incoming.destroy();
  });
  incoming.on('end', end);
  incoming.on('error', fail);
}

/** How connections resolve names. To public addresses only: a name that also has others is refused altogether. */
function lookupOf(names: DnsResolver, publicOnly: boolean): LookupFunction {
  return (hostname, options, callback) => {
    names.lookup(hostname, options, (error, found) => {
      if (error) return callback(error, '', 0);
      if (found.length === 0 || (publicOnly && !found.every(({ address }) => isPublicAddress(address)))) {
        return callback(new DestinationNotAllowed(`${hostname} is not on the public internet.`), '', 0);
      }
      if (options.all) return (callback as unknown as (error: null, addresses: LookupAddress[]) => void)(null, found);
      callback(null, found[0]!.address, found[0]!.family);
    });
  };
}
