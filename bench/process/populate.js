/** Memory that a process will use, touched before: as if new memory cost nothing. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What V8 leaves to its collector, twice: about as much as the chunks of a stream rotate through. */
const kHeapBytes = 128 * 1024 * 1024;
const kBlockBytes = 256 * 1024;

/** With this environment the C library gives no memory back to the kernel. */
export const kKeepingEnvironment = {
  MALLOC_TRIM_THRESHOLD_: String(2 ** 31 - 1),
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TOP_PAD_: String(2 * kHeapBytes),
};

/** How many bytes are to be moved before the clock starts, so that rings and buffers have been used. */
export const kWarmUpBytes = 4 * 1024 * 1024;

export function populateHeap() {
  const blocks = [];
  for (let bytes = 0; bytes < kHeapBytes; bytes += kBlockBytes) {
    blocks.push(Buffer.allocUnsafeSlow(kBlockBytes).fill(1));
  }
  blocks.length = 0;
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
