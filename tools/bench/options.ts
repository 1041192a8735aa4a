import { parseArgs } from 'node:util';

const help = `npm run bench -- [options]

Starts the program as a user would, drives it over HTTP with a closed-loop client that checks every answer, and measures
PostgreSQL alone with the same work on the same database in the same run, in turns.

  --rounds 3             how often everything is measured; medians are told
  --seconds 3            how long each measurement takes
  --volumes 1000000      also with so many orders present, comma separated (they are loaded first, which takes minutes)
  --scale-out            also with two API processes and one worker
  --json                 prints the figures as JSON instead of tables
  --no-report            does not write bench/results/
`;

const { values: chosen } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    volumes: { type: 'string', default: '' },
    'scale-out': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'no-report': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (chosen.help) {
  process.stdout.write(help);
  process.exit(0);
}

export const rounds = Math.max(1, Number(chosen.rounds));
export const seconds = Math.max(1, Number(chosen.seconds));
/** Numbers of orders that are present while placing is measured again. */
export const volumes = chosen.volumes.split(',').filter(Boolean).map(Number);
export const withScaleOut = chosen['scale-out'];
export const asJson = chosen.json;
export const withReport = !chosen['no-report'];
