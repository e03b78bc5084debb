// A server that sends back what it gets. In two terminals, in any order:
//   node examples/echo-server/server.js [NAME]      node examples/echo-server/client.js [NAME]
import net from 'smipc/net';

const [name = 'echo-example'] = process.argv.slice(2);

const server = net.createServer((socket) => {
  // pipe() waits when the client reads too slowly, and ends the socket when the client has ended.
  socket.pipe(socket);
  socket.on('error', (error) => {
    // ECONNRESET: the client was killed, or left without end(). The other clients go on.
    console.error(error.message);
  });
});
server.on('error', (error) => {
  // EADDRINUSE: another server has the name. One that was killed is not in the way.
  console.error(error.message);
  process.exitCode = 1;
});
server.listen(name, () => console.log(`listening at ${name}`));
// Takes no more connections, and lets those that are there come to their end.
process.once('SIGTERM', () => server.close());
