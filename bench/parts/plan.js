/** Who runs at which size: everybody at some, the two that are compared most at all. */
export const kMainContenders = ['smipc', 'socket'];
export const kAllSizes = [
  64,
  256,
  1024,
  4096,
  16 * 1024,
  64 * 1024,
  256 * 1024,
  1024 * 1024,
  4 * 1024 * 1024,
];
export const kOtherContenders = [
  'smipc-onread',
  'socket-onread',
  'smipc-channel',
  'smipc-sync',
  'smipc-peek',
  'smipc-messages',
  'tcp',
  'stdio',
  'fifo',
  'ipc',
  'port-copy',
  'port-transfer',
  'zeromq',
  'disruptor',
];
export const kChosenSizes = [64, 1024, 64 * 1024, 1024 * 1024];

export const kTripSizes = [64, 1024, 64 * 1024];
export const kTripContenders = [
  'smipc',
  'socket',
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
