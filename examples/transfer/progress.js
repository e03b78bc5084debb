// The progress bar of main.js. It looks at the channel from outside, which disturbs nobody.
import { Presets, SingleBar } from 'cli-progress';
import { list } from 'smipc';

/**
 * @param {string} name of the channel
 * @param {number} size of the file, in bytes
 */
export function showProgress(name, size) {
  const format = '{bar} {percentage}% of {megabytes} MB';
  const bar = new SingleBar({ format, hideCursor: true }, Presets.shades_classic);
  bar.start(size, 0, { megabytes: (size / 1e6).toFixed(1) });

  let received = 0;
  const timer = setInterval(() => {
    received = list().find((channel) => channel.name === name)?.bytesRead ?? received;
    bar.update(received);
  }, 100);
  return {
    /** @param {{ isDone: boolean }} outcome */
    stop({ isDone }) {
      clearInterval(timer);
      if (isDone) bar.update(size);
      bar.stop();
    },
  };
}
