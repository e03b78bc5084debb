/** What is measured, in the order in which it is shown. */

export interface Measure {
  readonly kind: 'throughput' | 'round-trip';
  /** Bytes of one write. */
  readonly size: number;
  readonly title: string;
  /** How many writes or trips a run has at first, and at least. */
  readonly count: number;
}

const kKiB = 1024;
const kFirstBytes = 256 * kKiB;

const throughput = (size: number, title: string): Measure => ({
  kind: 'throughput',
  size,
  title,
  count: kFirstBytes / size,
});

export const measures: readonly Measure[] = [
  throughput(64, '64 B writes'),
  throughput(4 * kKiB, '4 KiB writes'),
  throughput(64 * kKiB, '64 KiB writes'),
  { kind: 'round-trip', size: 64, title: 'round trip', count: 100 },
];
