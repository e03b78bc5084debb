// CommonJS programs can require() smipc; it is the same module as the imported one.
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import * as imported from 'smipc';
import * as importedHttp from 'smipc/http';
import net, * as importedNet from 'smipc/net';
import * as importedWeb from 'smipc/web';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

const require = createRequire(import.meta.url);

t.test('require', async (t) => {
  const required: typeof imported = require('smipc');
  t.strictSame(Object.keys(required).sort(), Object.keys(imported).sort());
  t.equal(required.SmipcError, imported.SmipcError);
  t.equal(require('smipc/web').openReadableStream, importedWeb.openReadableStream);
  t.equal(require('smipc/net').connect, importedNet.connect);
  t.equal(net.connect, importedNet.connect, 'as one object, too');
  t.equal(require('smipc/http').serve, importedHttp.serve);
  t.equal(require('smipc/package.json').name, 'smipc');
  t.throws(() => require('smipc/dist/smipc.cjs'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });

  const name = uniqueName(t);
  required.createWriteStream(name).end('required');
  t.equal(await text(imported.createReadStream(name)), 'required');
});

t.test('what is exported', (t) => {
  t.strictSame(Object.keys(imported).sort(), [
    'Channel',
    'ChannelReadStream',
    'ChannelWriteStream',
    'SmipcError',
    'createReadStream',
    'createWriteStream',
    'describeStatus',
    'formatStatus',
    'inspect',
    'list',
    'openChannel',
    'prune',
    'remove',
    'structuredCloneSerializer',
    'useAddon',
    'watch',
  ]);
  t.strictSame(Object.keys(importedWeb).sort(), ['openReadableStream', 'openWritableStream']);
  t.strictSame(Object.keys(importedHttp).sort(), ['Agent', 'HttpsAgent', 'connector', 'serve']);
  const all = { ...imported, ...importedWeb, ...importedHttp };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === 'function') t.equal(value.name, name, 'as it is printed');
  }
  t.end();
});
