import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { fingerprint, planFaults } from '../../tools/torture/plan.js';

/** A short form of `npm run torture`; TORTURE_SEED and TORTURE_MINUTES make it another or a longer one. */
describe('a shop that is broken in every way', () => {
  it('adds up afterwards', async () => {
    const args = [
      'dist/tools/torture/main.js',
      '--minutes',
      process.env['TORTURE_MINUTES'] ?? '0.3',
      '--seed',
      process.env['TORTURE_SEED'] ?? '4',
      '--clients',
      '6',
      '--gap',
      '1.5',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect(`${output.slice(-4_000)}\nexit ${code}`).toMatch(/Everything adds up[^]*exit 0$/);
    const [, operations] = /^(\d+) operations/m.exec(output) ?? [];
    expect(Number(operations)).toBeGreaterThan(50);
    expect(output).toMatch(/kill-(program|database) [1-9]/);
  }, 400_000);

  it('is broken in the same way by the same seed, and in another by another', () => {
    const plan = (seed: number) => fingerprint(seed, 6, planFaults(seed, 60_000, 2_000));
    expect(plan(7)).toBe(plan(7));
    expect(new Set([1, 2, 3, 4, 5].map(plan)).size).toBe(5);
  });
});
