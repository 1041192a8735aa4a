import { register } from 'node:module';
import { fileHandles } from '#platform/http/file-handles.js';

/** File handles with which nobody has to think about them. */
const PLENTY = 4_096;

if ((fileHandles() ?? PLENTY) < PLENTY) register('./app/read-at-once.js', import.meta.url);
await import('#app/serve.js');
