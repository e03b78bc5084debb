/** The session in the README: bytes go from one terminal to another, and once not to their end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stage, until } from './stage.js';

const kWidth = 84;
const kHeight = 40;
const kFiles = 3;
const kFileBytes = 3_000_000;

/** @returns {Promise<string[][]>} the lines of both */
export async function recordSession() {
  const stage = new Stage();
  try {
    for (const name of ['photos', 'copies']) mkdirSync(join(stage.folder, name));
    for (let i = 1; i <= kFiles; i++) {
      writeFileSync(join(stage.folder, 'photos', `${i}.jpg`), Buffer.alloc(kFileBytes, i));
    }
    const [sending, receiving] = [stage.open(kWidth, kHeight), stage.open(kWidth, kHeight)];
    const send = async (options = '') => {
      await sending.isReady();
      sending.enter(`tar -c photos | smipc write ${options}backup`);
      await until('a full ring', () => stage.ask('ls').includes('\t1048576\t1048576\t'));
    };
    await send();
    await receiving.run('smipc ls');
    await receiving.run('smipc read backup | tar -xC copies');
    // Killed, it would leave half a line of progress.
    await send('--quiet ');
    await receiving.run('smipc status backup');
    const { writer } = JSON.parse(stage.ask('status', '--json', 'backup'));
    await receiving.run(`kill -9 ${writer.pid}`);
    await sending.isReady();
    await receiving.run('smipc read backup > part.tar');
    await receiving.run('echo $?');
    return [sending.lines(), receiving.lines()];
  } finally {
    stage.close();
  }
}
