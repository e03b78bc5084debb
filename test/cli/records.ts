// `--messages` and `--json`: where a record begins and ends, and what is none.
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'smipc';
import t from 'tap';
import { openShell } from '../fixtures/processes/shell.js';

t.test('--messages: a line is a message, also an empty one, and the last one', async (t) => {
  const { run, dir } = openShell(t);
  await run(String.raw`printf 'one\n\ntwo\r\nlast' | smipc write --messages c`);
  const messages = await createReadStream('c', { dir, messages: true }).toArray();
  t.strictSame(messages.map(String), ['one', '', 'two\r', 'last']);

  const { stdout } = await run(
    String.raw`printf 'one\n\nlast' | smipc write -m c; smipc read -m c`,
  );
  t.equal(stdout, 'one\n\nlast\n');
});

t.test('--messages -0: records that end with a NUL', async (t) => {
  const { run, dir } = openShell(t);
  await run(String.raw`printf 'a\nb\0\0c' | smipc write -m0 c`);
  const messages = await createReadStream('c', { dir, messages: true }).toArray();
  t.strictSame(messages.map(String), ['a\nb', '', 'c']);
  const { stdout } = await run(String.raw`printf 'a\nb\0c' | smipc write -m0 c; smipc read -m0 c`);
  t.equal(stdout, 'a\nb\0c\0');
});

t.test('lines that are larger than the ring, and than a chunk', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    for n in 1 5000 300000 2000000 1; do head -c $n /dev/zero | tr '\\0' x; echo; done > sent
    smipc write -m -c 4096 c sent & smipc read -m c got; wait; cmp sent got && echo whole`);
  t.equal(stdout, 'whole\n');
});

t.test('a line that is too large', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    (echo first; head -c 70M /dev/zero) | smipc write -m c & writer=$!
    smipc read -m c; echo $?; wait $writer; echo $?`);
  t.equal(stdout, 'first\n1\n1\n');
  t.match(stderr, /smipc: line 2 is larger than 67108864 bytes, the limit/);
});

t.test('--json: values travel as objects', async (t) => {
  const { run, dir } = openShell(t);
  await run(`printf '{"a":[1,null]}\n\n"é"\r\nfalse' | smipc write --json c`);
  const values = await createReadStream('c', { dir, objectMode: true }).toArray();
  t.strictSame(values, [{ a: [1, null] }, 'é', false]);
  const { stdout } = await run(`printf '{ "a": 1 }\n[]' | smipc write -j c; smipc read -j c`);
  t.equal(stdout, '{"a":1}\n[]\n');
});

for (const [bad, said] of [
  ['{"b":', 'line 3 is no JSON: '],
  ['{"b":1} {"c":2}', 'line 3 is no JSON: '],
  ['null', 'line 3 is null, which no stream can carry'],
  [String.raw`"\xff"`, 'line 3 is no UTF-8'],
] as const) {
  t.test(`--json: ${bad}`, async (t) => {
    const { run } = openShell(t);
    const { stdout, stderr } = await run(String.raw`
      printf '{"a":1}\n\n${bad}\n{"d":4}\n' | smipc write --json c & writer=$!
      smipc read --json c; echo $?; wait $writer; echo $?`);
    t.equal(stdout, '{"a":1}\n1\n1\n', 'nothing of it, and nothing behind it');
    t.ok(stderr.includes(`smipc: ${said}`), stderr);
  });
}

t.test('the end of a file is the end of a record, and errors name the file', async (t) => {
  const { run } = openShell(t);
  const lines = await run(String.raw`printf 'a\nb' > f1; printf 'c\nd\n' > f2
    smipc write -m c f1 f2; smipc read -m c`);
  t.equal(lines.stdout, 'a\nb\nc\nd\n');
  const { stdout, stderr } =
    await run(String.raw`printf '{"a":1}' > f1; printf '{"b":1}\nbad\n' > f2
    smipc write -j c f1 f2; echo $?; smipc read -j c 2> /dev/null`);
  t.equal(stdout, '1\n{"a":1}\n{"b":1}\n');
  t.match(stderr, /^smipc: f2: line 2 is no JSON: /);
});

t.test('--json: a value that cannot travel, or cannot be written, is named', async (t) => {
  const { run, dir } = openShell(t);
  const deep = await run(`
    { echo 1; printf '[%.0s' {1..2000}; printf ']%.0s' {1..2000}; echo; } | smipc write -j c; echo $?`);
  t.match(deep, { stdout: '1\n', stderr: /^smipc: line 2: .*nested/ });
  await run('smipc rm --force c');
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const writer = createWriteStream('c', { dir, objectMode: true });
  writer.write({ first: 1 });
  writer.end(cyclic);
  await once(writer, 'finish');
  const { stdout, stderr } = await run('smipc read -j c; echo $?');
  t.equal(stdout, '{"first":1}\n1\n');
  t.equal(stderr, 'smipc: object 2 cannot be written as JSON: it contains itself\n');
});

t.test('both sides must say the same', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run('echo a | smipc write -m c; smipc read c; echo $?');
  t.equal(stdout, '1\n');
  t.match(stderr, /ERR_SMIPC_INCOMPATIBLE/);
});
