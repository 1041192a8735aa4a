import { readFileSync } from 'node:fs';
import type { LoadHook } from 'node:module';

/**
 * A hook for `module.register`: each file of a program is opened, read and closed before the next. Left alone, Node opens them all
 * at once, which are more than a thousand, and fails when it may not.
 */
export const load: LoadHook = (url, context, nextLoad) =>
  context.format === 'module' && url.startsWith('file:')
    ? { format: 'module', source: readFileSync(new URL(url)), shortCircuit: true }
    : nextLoad(url, context);
