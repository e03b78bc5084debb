/** Follows which names a directory has, whether it is there or not. */
import { type FSWatcher, watch as watchFiles } from 'node:fs';
import { basename } from 'node:path';
import { type DirectoryMark, directoryMark } from './directory-mark.js';
import { namesIn } from './looks.js';

export class NamesWatch {
  /** What the directory had when it was read last, sorted. */
  names: readonly string[] = [];
  readonly #directory: string;
  readonly #onNews: (name: string | undefined) => void;
  #files: FSWatcher | undefined;
  /** Of the directory when it was read last. */
  #mark: DirectoryMark | undefined;

  /**
   * `onNews` is called with a name of which there may be news, or, if refresh() is to be called, with
   * undefined. Not every system has something to call it.
   */
  constructor(directory: string, onNews: (name: string | undefined) => void) {
    this.#directory = directory;
    this.#onNews = onNews;
  }

  /**
   * Reads the names again if it may be necessary. True: it was, and a name that is still there may be
   * that of another file by now.
   */
  refresh(): boolean {
    // Before the names are read, so that what comes meanwhile is noted the next time.
    const mark = directoryMark(this.#directory);
    if (mark?.id !== this.#mark?.id) this.#follow();
    const mayDiffer = mark === undefined || mark.text !== this.#mark?.text;
    if (mayDiffer) {
      this.names = namesIn(this.#directory, 'inspect');
    }
    this.#mark = mark;
    return mayDiffer;
  }

  /** Whether the directory was there at the last refresh(). */
  get isThere(): boolean {
    return this.#mark !== undefined;
  }

  stop(): void {
    this.#files?.close();
    this.#files = undefined;
  }

  /** Listens to the directory that is there now, if the system has something to listen to. */
  #follow(): void {
    this.stop();
    try {
      const files = watchFiles(this.#directory, { persistent: false });
      files.on('change', (_type, name) => this.#note(name === null ? null : String(name)));
      files.on('error', () => files.close());
      this.#files = files;
    } catch {
      // It is not there, or there are too many such watches: names are seen by refresh().
    }
  }

  #note(name: string | null): void {
    // The bells and lifelines of processes begin with a dot.
    if (name?.startsWith('.')) return;
    if (name !== null) this.#onNews(name);
    // It may mean the directory itself.
    if (name === null || name === basename(this.#directory)) this.#onNews(undefined);
  }
}
