import { Injectable } from '@nestjs/common';
import { CommonPasswords } from '../application/secrets.js';

/** Words of everyday use that are guessed too, and names of this program. */
const more = ['changeme', 'change-me', 'quittance', 'correcthorsebatterystaple'];

/**
 * The 49,000 passwords that leaked most often, of the estimator zxcvbn-ts. Unpacking them takes a quarter of a second, so
 * they are read when the first password is chosen.
 */
@Injectable()
export class ListedPasswords extends CommonPasswords {
  private list: Promise<ReadonlySet<string>> | null = null;

  override all(): Promise<ReadonlySet<string>> {
    return (this.list ??= read());
  }
}

async function read(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set([...dictionary['passwords-common'], ...more]);
}
