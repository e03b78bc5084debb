/**
 * What is written: byte p of a stream is `pattern[p % kPeriod]`, however it is cut. A lost, repeated or
 * moved byte is thus seen, unless by a multiple of the period.
 *
 * The period is prime, so that what is written at one place changes from write to write. The pattern
 * goes on for a part more than a period: from any phase a part can be copied or compared in one call,
 * and all of it stays in a processor's second-level cache.
 */
export const kPeriod = 4093;
export const kPart = 64 * 1024;
export const pattern = Buffer.allocUnsafeSlow(kPeriod + kPart);
for (let i = 0; i < pattern.length; i++) {
  // The upper bits of a multiplicative hash look random enough.
  pattern[i] = Math.imul(i % kPeriod, 2654435761) >>> 24;
}
