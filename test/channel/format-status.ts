// formatStatus() makes the one line that smipc has always had.
import { formatStatus, inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

t.test('a made-up status', (t) => {
  const line = formatStatus({
    name: 'telemetry',
    directory: '/dev/shm/smipc-0',
    mode: 'r',
    capacity: 1048576,
    framing: 'bytes',
    resumable: false,
    bytesWritten: 20,
    bytesRead: 10,
    used: 10,
    writer: { state: 'open', wakeUps: 0, pid: 1 },
    reader: { state: 'open', wakeUps: 0, pid: 2 },
  });
  t.equal(line, 'telemetry: mode=r RO=1 WO=1 RC=0 WC=0 bufSz=1048576 rc=10 wc=20 state=normal');
  t.end();
});

t.test('empty, normal, full; coming and leaving', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { capacity: 4096 });
  t.teardown(() => writer.close());
  const line = (mode: string, rest: string) => `${name}: mode=${mode} ${rest}`;
  const shows = (rest: string) => {
    t.equal(formatStatus(writer.status()), line('w', rest));
    t.equal(formatStatus(inspect(name)), line('-', rest));
  };
  shows('RO=0 WO=1 RC=0 WC=0 bufSz=4096 rc=0 wc=0 state=empty');
  writer.tryWrite(Buffer.alloc(4095));
  shows('RO=0 WO=1 RC=0 WC=0 bufSz=4096 rc=0 wc=4095 state=normal');
  writer.tryWrite(Buffer.alloc(1));
  shows('RO=0 WO=1 RC=0 WC=0 bufSz=4096 rc=0 wc=4096 state=full');

  const reader = openChannel(name, 'r');
  t.teardown(() => reader.close());
  shows('RO=1 WO=1 RC=0 WC=0 bufSz=4096 rc=0 wc=4096 state=full');
  reader.tryRead(Buffer.alloc(96));
  shows('RO=1 WO=1 RC=0 WC=0 bufSz=4096 rc=96 wc=4096 state=normal');
  writer.end();
  shows('RO=1 WO=1 RC=0 WC=1 bufSz=4096 rc=96 wc=4096 state=normal');
  reader.tryRead(Buffer.alloc(4000));
  t.equal(
    formatStatus(reader.status()),
    line('r', 'RO=1 WO=1 RC=0 WC=1 bufSz=4096 rc=4096 wc=4096 state=empty'),
  );
  await reader.close();
  t.equal(
    formatStatus(writer.status()),
    line('w', 'RO=1 WO=1 RC=1 WC=1 bufSz=4096 rc=4096 wc=4096 state=empty'),
  );
});
