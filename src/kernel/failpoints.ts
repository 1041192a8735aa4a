import { Unavailable } from './errors.js';

const declared = new Set<string>();

interface Armed {
  readonly action: 'kill' | 'throw' | 'delay';
  readonly delayMs: number;
  /** Strikes when it is reached for this time, and for every time where it is 0. */
  readonly nth: number;
  reached: number;
}

const armed = new Map<string, Armed>();
const spelling = /^([a-z.-]+)(?:=(kill|throw|delay:(\d{1,5})))?(?:@(\d{1,6}))?$/;

/**
 * Arms failpoints for the whole process: `name`, `name=throw`, `name=delay:500@3` (only the third time), several comma
 * separated. Only for tests: settings refuse it in production, and without it each point is one look into an empty map.
 * @throws Error for a name or an action that is none
 */
export function armFailpoint(spec: string | null): void {
  armed.clear();
  for (const one of spec?.split(',') ?? []) {
    const [, name, action = 'kill', delay, nth] = spelling.exec(one.trim()) ?? [];
    if (name === undefined || !declared.has(name)) throw new Error(`There is no failpoint ${one.trim()}`);
    armed.set(name, {
      action: action.split(':')[0] as Armed['action'],
      delayMs: Number(delay ?? 0),
      nth: Number(nth ?? 0),
      reached: 0,
    });
  }
}

/**
 * Declares a place where a test can make the program die, fail or stall: each side of every database and network boundary.
 * @returns what is called at that place. When it is armed it dies as by kill -9 (no handler runs, nothing is flushed), fails
 * as a connection that is lost, or stalls the whole process.
 */
export function defineFailpoint(name: string): () => void {
  declared.add(name);
  return () => {
    if (armed.size > 0) strike(name);
  };
}

/** Every failpoint of the code that is loaded. */
export function allFailpoints(): readonly string[] {
  return [...declared].sort();
}

function strike(name: string): void {
  const point = armed.get(name);
  if (!point || (++point.reached !== point.nth && point.nth > 0)) return;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (point.action === 'throw') throw new Unavailable(`The failpoint ${name} was reached.`);
  if (point.action === 'delay') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, point.delayMs);
}
