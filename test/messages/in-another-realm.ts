// smipc evaluated in another realm than Node's, as in Jest: no Buffer is an
// `instanceof Uint8Array` there, and no error of Node's an Error.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { runNode } from '../fixtures/processes/program.js';

const host = 'test/fixtures/hosts/other-realm.js';

t.test('bytes and objects', async (t) => {
  const { code, stdout, stderr } = await runNode(t, [host, uniqueDirectory(t)]).exit;
  t.equal(code, 0, stderr);
  t.strictSame(JSON.parse(stdout), {
    kinds: [
      ['[object Object]', true, 'Object'],
      ['[object Map]', true, 'Map'],
      ['[object Error]', true, 'RangeError'],
      ['[object DOMException]', false, 'DOMException'],
      ['[object Array]', true, 'Array'],
      ['[object Uint8Array]', false, 'Buffer'],
      ['[object Map]', true, 'Map'],
      ['[object Date]', true, 'Date'],
      ['[object Object]', true, 'Object'],
    ],
    text: 'abcdefghi',
    areAlone: true,
    refusal:
      'DataCloneError: An object of the class URL could not be cloned: only the runtime knows what is in it. Send its contents instead.',
  });
});
