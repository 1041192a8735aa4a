import { describe, expect, it } from '@jest/globals';
import { readCommandLine, WrongUsage } from '#platform/command-line/command-line.js';
import { helpOf } from '#platform/command-line/help.js';
import { messageOf } from '#platform/command-line/message-of.js';

const description = {
  name: 'npm run try',
  purpose: 'Tries things.',
  options: {
    port: { type: 'integer', placeholder: 'N', min: 0, max: 65_535, env: 'TRY_PORT', default: 3000, text: 'the port' },
    minutes: { type: 'number', placeholder: 'N', min: 0.1, max: 10, default: () => 2.5, text: 'how long' },
    sizes: { type: 'integers', placeholder: 'N,...', min: 1, max: 9, default: [], text: 'how many' },
    server: { type: 'url', placeholder: 'URL', text: 'the server' },
    key: { type: 'text', placeholder: 'KEY', short: 'k', text: 'the key' },
    json: { type: 'flag', text: 'as JSON' },
  },
  arguments: { placeholder: 'EMAIL', text: 'the email', min: 1, max: 1 },
  environment: { HOME: 'where one is at home' },
  examples: ['npm run try -- you@example.com'],
} as const;

const read = (args: readonly string[], env: Record<string, string> = {}) => readCommandLine(description, args, env);

describe('a command line', () => {
  it('has defaults', () => {
    expect(read(['a@b.example'])).toEqual({
      values: { port: 3000, minutes: 2.5, sizes: [], server: null, key: null, json: false },
      operands: ['a@b.example'],
    });
  });

  it('is believed before the environment, and that before the defaults', () => {
    expect(read(['a'], { TRY_PORT: '4000' }).values.port).toBe(4000);
    expect(read(['a'], { TRY_PORT: ' ' }).values.port).toBe(3000);
    expect(read(['a', '--port', '5000'], { TRY_PORT: '4000' }).values.port).toBe(5000);
  });

  it('takes every type', () => {
    const args = ['--minutes=0.5', '--sizes', '1,9', '--server', 'http://localhost:3000/', '-k', 'x', '--json', 'a'];
    expect(read(args).values).toMatchObject({
      minutes: 0.5,
      sizes: [1, 9],
      server: 'http://localhost:3000',
      key: 'x',
      json: true,
    });
  });

  it.each<[string[], Record<string, string>, string]>([
    [['--nope', 'a'], {}, "Unknown option '--nope'"],
    [['--port', 'x', 'a'], {}, '--port must be a whole number from 0 to 65535'],
    [['--port', '65536', 'a'], {}, '--port must be a whole number from 0 to 65535'],
    [['--port', '1.5', 'a'], {}, '--port must be a whole number from 0 to 65535'],
    [['a'], { TRY_PORT: 'x' }, 'TRY_PORT must be a whole number from 0 to 65535'],
    [['--minutes', '1e1', 'a'], {}, '--minutes must be a number from 0.1 to 10'],
    [['--sizes', '1,x', 'a'], {}, '--sizes must be whole numbers, comma separated, from 1 to 9'],
    [['--server', 'ftp://x', 'a'], {}, '--server must be a URL that starts with http:// or https://'],
    [['--json=yes', 'a'], {}, "Option '--json' does not take an argument"],
    [['--key'], {}, "Option '-k, --key <value>' argument missing"],
    [[], {}, 'EMAIL is missing'],
    [['a', 'b'], {}, "Unexpected argument 'b'"],
  ])('%j with %j is refused', (args, env, message) => {
    expect(() => read(args, env)).toThrow(new WrongUsage(message));
  });

  it('is explained', () => {
    expect(helpOf(description)).toBe(
      [
        'Usage: npm run try -- [options] EMAIL',
        '',
        'Tries things.',
        '',
        'Arguments:',
        '  EMAIL  the email',
        '',
        'Options:',
        '  --port N       the port (TRY_PORT, default: 3000)',
        '  --minutes N    how long (default: 2.5)',
        '  --sizes N,...  how many',
        '  --server URL   the server',
        '  -k, --key KEY  the key',
        '  --json         as JSON',
        '  -h, --help     print this',
        '',
        'Environment:',
        '  HOME  where one is at home',
        '',
        'Examples:',
        '  npm run try -- you@example.com',
        '',
      ].join('\n'),
    );
  });
});

describe('the message of a failure', () => {
  it('is one line, and the reason of a connection that failed everywhere', () => {
    expect(messageOf(new Error('one\n  two\n'))).toBe('one; two');
    expect(messageOf(new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('other')]))).toBe(
      'connect ECONNREFUSED ::1:5432',
    );
    expect(messageOf('text')).toBe('text');
  });
});
