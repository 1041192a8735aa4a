import { defineFailpoint } from '#kernel/failpoints.js';

/** The provider has answered, and nothing of it is written down yet. */
export const afterProviderAnswer = defineFailpoint('provider.after-answer');
