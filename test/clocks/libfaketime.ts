// Under libfaketime, which moves, slows down or stops the C library's clocks, bytes arrive and calls that
// block end in time.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { testOddHost } from '../fixtures/hosts/odd-host-test.js';

const kLibraries = '/usr/lib';
const kFile = 'faketime/libfaketimeMT.so.1';
const library = ['', ...readdirSync(kLibraries)]
  .map((folder) => join(kLibraries, folder, kFile))
  .find((file) => existsSync(file));

t.test('libfaketime', (t) => {
  t.ok(library, 'libfaketime is installed (apt install faketime)');
  if (library === undefined) t.bailout('libfaketime is needed to replace the clock');
  t.end();
});

const kStopped = '2020-01-01 00:00:00';
for (const [FAKETIME, fallback] of [
  ['-1h'],
  ['+1h'],
  [kStopped],
  [kStopped, 'roles,waits,bells,views'],
  ['-1h x0.001'],
] as const) {
  t.test([FAKETIME, fallback].join(' '), (t) =>
    testOddHost(t, {
      ways: ['data', 'objects', 'channel'],
      // Node's own timers do not go on where the clock does not.
      waits: FAKETIME.endsWith('1h'),
      env: { LD_PRELOAD: String(library), FAKETIME },
      fallback,
    }),
  );
}
