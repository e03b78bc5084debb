// What the tests of each test runner try. Returns what it has seen.
exports.moves = async ({ createReadStream, createWriteStream, openChannel, SmipcError }) => {
  const name = `tests-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const read = (options) => createReadStream(name, options).toArray();

  createWriteStream(name).end('x'.repeat(100_000));
  const bytes = await read();

  const objects = createWriteStream(name, { objectMode: true });
  objects.write({ plain: [1, 'two', null] });
  objects.write({ at: new Date(5), map: new Map([[1, 2]]), error: new RangeError('no') });
  objects.end(new Float64Array([1.5]));
  const values = await read({ objectMode: true });

  const messages = createWriteStream(name, { messages: true });
  messages.write(new Uint8Array([1, 2, 3]));
  messages.write(new DataView(new ArrayBuffer(4)));
  messages.end(Buffer.from('fives'));
  const lengths = (await read({ messages: true })).map((message) => message.length);

  const held = openChannel(name, 'w');
  let busy;
  try {
    openChannel(name, 'w');
  } catch (error) {
    busy = {
      code: error.code,
      isOurs: error instanceof SmipcError,
      isError: error instanceof Error,
    };
  }
  await held.close();

  const controller = new AbortController();
  const waiting = createReadStream(name, { signal: controller.signal });
  const aborted = new Promise((resolve) => waiting.once('error', (error) => resolve(error.name)));
  controller.abort();

  const byteCount = bytes.reduce((sum, chunk) => sum + chunk.length, 0);
  return { byteCount, values, lengths, busy, aborted: await aborted };
};

/** Throws if that is not what it must be. */
exports.check = ({ byteCount, values, lengths, busy, aborted }) => {
  const [plain, special, numbers] = values;
  const seen = {
    byteCount,
    plain: JSON.stringify(plain),
    at: special.at.getTime(),
    map: special.map.get(1),
    error: `${special.error}`,
    number: numbers[0],
    classes: [
      special.at instanceof Date,
      special.map instanceof Map,
      special.error instanceof RangeError,
      numbers instanceof Float64Array,
    ].join(),
    lengths: lengths.join(),
    busy: JSON.stringify(busy),
    aborted,
  };
  const wanted = {
    byteCount: 100_000,
    plain: '{"plain":[1,"two",null]}',
    at: 5,
    map: 2,
    error: 'RangeError: no',
    number: 1.5,
    classes: 'true,true,true,true',
    lengths: '3,4,5',
    busy: '{"code":"EBUSY","isOurs":true,"isError":true}',
    aborted: 'AbortError',
  };
  for (const key of Object.keys(wanted)) {
    if (seen[key] !== wanted[key]) throw new Error(`${key}: ${seen[key]}, not ${wanted[key]}`);
  }
};
