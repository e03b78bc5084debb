// channel → SHA-256. Started by main.js.
import { createHash } from 'node:crypto';
import { createReadStream } from 'smipc';
import { report, reportFailures } from './processes.js';

reportFailures();
const [name = ''] = process.argv.slice(2);
const hash = createHash('sha256');
const reader = createReadStream(name);
await reader.waitForPeer({ timeout: 10_000 });

for await (const chunk of reader) hash.update(chunk);
report({ bytes: reader.bytesRead, sha256: hash.digest('hex') });
