/** The places where a test can make the program die. Inert unless armed. */
export const failpoints = ['place-order.before-commit', 'place-order.after-commit', 'provider.after-answer', 'notice.stored', 'courier.after-answer'] as const;

export type Failpoint = (typeof failpoints)[number];

let armed: string | null = null;

/** Arms one failpoint for the whole process. Only for tests: settings refuse it in production. */
export function armFailpoint(name: string | null): void {
  if (name !== null && !(failpoints as readonly string[]).includes(name)) throw new Error(`There is no failpoint ${name}`);
  armed = name;
}

/** Dies as by kill -9 when this failpoint is armed: no handler runs, nothing is flushed. */
export function failpoint(name: Failpoint): void {
  if (armed === name) process.kill(process.pid, 'SIGKILL');
}
