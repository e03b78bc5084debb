// Sends lines to the server, and prints what comes back. In two terminals, in any order:
//   node examples/echo-server/server.js [NAME]      node examples/echo-server/client.js [NAME]
import net from 'smipc/net';

const [name = 'echo-example'] = process.argv.slice(2);

// Without `wait`, a server that is not there yet is an error: ENOENT.
const socket = net.connect(name, { wait: true });
socket.setEncoding('utf8');
// Goes out at once: the server need not have accepted for that.
for (let i = 1; i <= 3; i++) socket.write(`line ${i}\n`);
socket.end();

// Throws ECONNRESET if the server dies before it has sent everything back.
for await (const text of socket) process.stdout.write(text);
console.log(`${socket.bytesWritten} bytes sent, ${socket.bytesRead} came back`);
