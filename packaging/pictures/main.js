/**
 * Draws the pictures of docs/images/ from what the program really shows: `npm run build && node
 * packaging/pictures/main.js`. By hand, when what they show has changed: ids of processes and rates
 * differ each time. Needs tmux.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { recordSession } from './session.js';
import { drawTerminals } from './svg.js';
import { photographTop } from './top.js';

const folder = join(resolve(import.meta.dirname, '..', '..'), 'docs', 'images');
mkdirSync(folder, { recursive: true });
const pictures = [
  { name: 'session', title: 'smipc in two terminals', record: recordSession },
  { name: 'top', title: 'smipc top', record: photographTop },
];
for (const { name, title, record } of pictures) {
  const file = join(folder, `${name}.svg`);
  writeFileSync(file, drawTerminals(title, await record()));
  console.log(file);
}
