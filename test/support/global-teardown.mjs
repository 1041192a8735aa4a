import { rmSync } from 'node:fs';

export default async function teardown() {
  const { server, directory } = globalThis.__quittanceTest;
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}
