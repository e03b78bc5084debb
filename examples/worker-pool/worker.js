// A worker of main.js: gets jobs, and sends what it has found, until there are none left.
import { checkPrimeSync } from 'node:crypto';
import net from 'smipc/net';

const [name = ''] = process.argv.slice(2);
const socket = net.connect(name, { objectMode: true });

// Ends when the server ends the connection. If it dies, this throws ECONNRESET.
for await (const { from, count } of socket) {
  // Only so that main.js can kill a worker that is at work.
  process.send?.('begun');
  let found = 0;
  for (let n = from; n < from + count; n++) if (checkPrimeSync(BigInt(n))) found += 1;
  socket.write({ found });
}
