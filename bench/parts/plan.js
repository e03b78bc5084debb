/**
 * Who runs at which size: the two that are compared most at all of them, the others at some, so that a
 * whole run takes no longer than one likes to wait.
 */
const kKiB = 1024;

const kMain = ['smipc', 'socket'];
/** Other ways to use those two. */
const kVariants = [
  'smipc-reuse',
  'smipc-onread',
  'socket-onread',
  'smipc-channel',
  'smipc-sync',
  'smipc-peek',
  'smipc-messages',
];
const kOthers = [
  'tcp',
  'stdio',
  'fifo',
  'ipc',
  'port-copy',
  'port-transfer',
  'zeromq',
  'disruptor',
];
const kEverybody = [...kMain, ...kVariants, ...kOthers];
const kMainSizes = [64, 256, kKiB, 4 * kKiB, 16 * kKiB, 64 * kKiB, 256 * kKiB, 1024 * kKiB];

/** @typedef {[size: number, contenders: string[]][]} Plan */

/** @type {Plan} */
const kThroughput = [...kMainSizes, 4096 * kKiB].map((size) => {
  if ([64, 64 * kKiB, 1024 * kKiB].includes(size)) return [size, kEverybody];
  return [size, size === kKiB ? [...kMain, ...kOthers] : kMain];
});

/** Against the native limit, which neither fills nor compares: these do not either. */
export const kLimit = {
  size: 64 * kKiB,
  contenders: [
    'native-warm',
    'native-rotating',
    'smipc',
    'smipc-reuse',
    'smipc-onread',
    'smipc-peek',
    'smipc-peek-sync',
    'smipc-sync',
  ],
};

/** Programs that await before they answer. */
const kAwaiting = ['smipc-async', 'socket-async', 'smipc-loop', 'socket-loop'];
const kTrippers = [
  ...kMain,
  ...kAwaiting,
  'smipc-sync',
  'smipc-peek-sync',
  'tcp',
  'stdio',
  'fifo',
  'ipc',
  'port-copy',
  'zeromq',
  'disruptor',
];
/** @type {Plan} */
const kFreeTrips = [
  [64, kTrippers],
  [kKiB, kMain],
  [64 * kKiB, kTrippers],
];
/** @type {Plan} */
const kPinnedTrips = [
  [64, kTrippers],
  [kKiB, kMain],
  [64 * kKiB, kMain],
];
/** @type {Plan} */
const kTraced = [
  [64, kMain],
  [64 * kKiB, kEverybody],
];

/** Sizes that were asked for are measured of everybody. @param {Plan} plan @param {string[]} everybody @param {number[] | undefined} sizes */
const casesOf = (plan, everybody, sizes) =>
  (sizes?.map((size) => /** @type {Plan[number]} */ ([size, everybody])) ?? plan).flatMap(
    ([size, contenders]) => contenders.map((contender) => ({ contender, size })),
  );

/** @param {number[] | undefined} sizes */
export const throughputCases = (sizes) => casesOf(kThroughput, kEverybody, sizes);

/** @param {number[] | undefined} sizes */
export const tracedCases = (sizes) => casesOf(kTraced, kEverybody, sizes);

/** @param {number[] | undefined} sizes */
export const tripCases = (sizes) => [
  ...casesOf(kFreeTrips, kTrippers, sizes).map((one) => ({ ...one, pinned: false })),
  ...casesOf(kPinnedTrips, kTrippers, sizes).map((one) => ({ ...one, pinned: true })),
];
