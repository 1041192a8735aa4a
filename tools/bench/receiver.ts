import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A merchant's server in a process of its own: answers 200 and counts. Talks to its parent by IPC. */
let received = 0;
const ids = new Set<string>();
let first = 0;
let last = 0;
const server = createServer((incoming, outgoing) => {
  incoming.resume();
  incoming.once('end', () => {
    outgoing.writeHead(200).end();
    received++;
    ids.add(String(incoming.headers['webhook-id']));
    last = performance.now();
    first ||= last;
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', (message) => {
  const { cpu } = { cpu: process.cpuUsage() };
  process.send?.({
    received,
    different: ids.size,
    seconds: (last - first) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  });
  if (message === 'reset') {
    received = first = last = 0;
    ids.clear();
  }
});
process.on('disconnect', () => process.exit(0));
