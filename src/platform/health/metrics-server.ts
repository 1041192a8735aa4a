import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { isSameText } from '../http/same-text.js';
import { Settings } from '../settings/settings.js';
import { Metrics } from '../telemetry/metrics.js';
import { SharedReading } from './shared-reading.js';

const SHARED_MS = 1_000;

/**
 * `/metrics` on a port of its own (METRICS_PORT), for networks that keep it from the public. Where METRICS_TOKEN is set it is
 * needed here too.
 */
@Injectable()
export class MetricsServer {
  private server: Server | null = null;
  private readonly scraped = new SharedReading(() => this.metrics.text(), SHARED_MS);

  constructor(
    private readonly settings: Settings,
    private readonly metrics: Metrics,
  ) {}

  /** @returns the port, or null when there is none to listen on */
  async start(): Promise<number | null> {
    const { metricsPort, host } = this.settings;
    if (metricsPort === null) return null;
    this.server = createServer((request, response) => {
      const answer = (status: number, body = '') => {
        response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
      };
      if (request.method !== 'GET' || request.url !== '/metrics') return answer(404);
      if (!this.isAllowed(request.headers.authorization)) return answer(401);
      void this.scraped.get().then(
        (text) => answer(200, text),
        () => answer(503),
      );
    });
    this.server.listen(metricsPort, host);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = null;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private isAllowed(authorization = ''): boolean {
    const { metricsToken } = this.settings;
    return metricsToken === null || isSameText(authorization.replace(/^Bearer +/i, ''), metricsToken);
  }
}
