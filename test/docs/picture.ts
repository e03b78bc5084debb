// The picture of the segment, for those who read the code and those who write another client.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { kRoot, readPage } from '../fixtures/docs/markdown.js';

const [picture = ''] =
  /^\/\/ +0 \+-(.*\n)+?\/\/ +\+-+\+$/m.exec(readFileSync(join(kRoot, 'native/layout.h'), 'utf8')) ??
  [];
const blocks = readPage('docs/protocol.md').sections.flatMap(({ blocks }) => blocks);

t.ok(picture, 'native/layout.h has it');
t.ok(
  blocks.some(({ code }) => code === `${picture.replaceAll(/^\/\/ /gm, '')}\n`),
  'docs/protocol.md has the same',
);
