/** What a writer's side asks of a Node Writable. */
import type { Writable } from 'node:stream';
import type { Sender } from '../sides/writer-side.js';
import { StreamOwner } from './stream-owner.js';

export class WritableSender extends StreamOwner<Writable> implements Sender {
  get queued(): number {
    return this.stream.writableLength;
  }

  takeLoss(loss: Error): void {
    this.stream.destroy(loss);
  }
}
