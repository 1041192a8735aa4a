import { Injectable } from '@nestjs/common';
import type { MessageSource } from '../contract.js';

/** The sources that modules have registered, by name. */
@Injectable()
export class MessageSources {
  private readonly sources = new Map<string, MessageSource>();

  register(source: MessageSource): void {
    if (this.sources.has(source.name)) throw new Error(`Two message sources are named ${source.name}`);
    this.sources.set(source.name, source);
  }

  /** Undefined for a source of messages that were stored by a version that knew it. */
  find(name: string): MessageSource | undefined {
    return this.sources.get(name);
  }
}
