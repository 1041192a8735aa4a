/** How often a bench measures. */
export const roundsOption = (rounds: number) => ({
  rounds: {
    type: 'integer' as const,
    placeholder: 'N',
    min: 1,
    max: 100,
    default: rounds,
    text: 'how often everything is measured; medians are told',
  },
});

/** How often and how long a bench measures. */
export const timingOptions = (rounds: number) => ({
  ...roundsOption(rounds),
  seconds: {
    type: 'integer' as const,
    placeholder: 'N',
    min: 1,
    max: 3_600,
    default: 3,
    text: 'how long each measurement takes',
  },
});

/** How long and how hard the benches that place orders in turns do so. */
export const loadOptions = (rounds: number) => ({
  ...timingOptions(rounds),
  connections: {
    type: 'integer' as const,
    placeholder: 'N',
    min: 1,
    max: 1_000,
    default: 32,
    text: 'how many requests are under way at once',
  },
});
