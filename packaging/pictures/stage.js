/** What the pictures are taken of: terminals with a shell that knows `smipc` and nothing of this machine. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const program = resolve(import.meta.dirname, '..', '..', 'dist', 'cli.cjs');
const kPrompt = '$';
/** Something is wrong if it takes longer. */
const kMostMs = 20_000;

export class Stage {
  /** What the shells run in. */
  folder = mkdtempSync(join(tmpdir(), 'smipc-pictures-'));
  /** Of the channels. It is shown, so it has a plain name. */
  directory = '/dev/shm/smipc-demo';
  #socket = join(this.folder, '.tmux');
  #env;
  /** @type {import('node:child_process').ChildProcess[]} */
  #children = [];

  constructor() {
    // Whoever has it keeps it.
    mkdirSync(this.directory, { mode: 0o700 });
    const bin = join(this.folder, '.bin');
    mkdirSync(bin);
    symlinkSync(program, join(bin, 'smipc'));
    this.#env = {
      PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
      LC_ALL: 'C.UTF-8',
      SMIPC_DIR: this.directory,
    };
  }

  /** @param {number} width @param {number} height */
  open(width, height) {
    const size = ['-x', String(width), '-y', String(height)];
    // The shell that tmux starts it with has a prompt of its own.
    const shell = `PS1='${kPrompt} ' exec bash --norc --noprofile -i`;
    const pane = this.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', ...size, shell);
    return new Terminal(this, pane.trim());
  }

  /** What smipc says, and nobody sees. @param {string[]} args @returns {string} */
  ask(...args) {
    const options = /** @type {const} */ ({ env: this.#env, encoding: 'utf8' });
    return execFileSync(process.execPath, [program, ...args], options);
  }

  /** Runs a command that nobody sees, until the stage is closed. @param {string} command */
  start(command) {
    const child = spawn('bash', ['-c', command], {
      ...{ cwd: this.folder, env: this.#env, stdio: 'ignore' },
      // It leads a group, which is killed with it.
      detached: true,
    });
    this.#children.push(child);
    return child;
  }

  /** @param {string[]} args @returns {string} */
  tmux(...args) {
    return execFileSync('tmux', ['-u', '-f', '/dev/null', '-S', this.#socket, ...args], {
      env: this.#env,
      cwd: this.folder,
      encoding: 'utf8',
    });
  }

  close() {
    for (const { pid = 0, exitCode, signalCode } of this.#children) {
      if (exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    }
    // Whatever runs in a terminal is hung up on. There may be none.
    spawnSync('tmux', ['-S', this.#socket, 'kill-server']);
    for (const path of [this.directory, this.folder]) rmSync(path, { recursive: true });
  }
}

class Terminal {
  #stage;
  #pane;

  /** @param {Stage} stage @param {string} pane */
  constructor(stage, pane) {
    this.#stage = stage;
    this.#pane = pane;
  }

  /** Types a line. @param {string} line */
  enter(line) {
    this.#stage.tmux('send-keys', '-t', this.#pane, '-l', line);
    this.#stage.tmux('send-keys', '-t', this.#pane, 'Enter');
  }

  /** Runs a command to its end. @param {string} line */
  async run(line) {
    await this.isReady();
    this.enter(line);
    await this.isReady();
  }

  /** Waits for the prompt. */
  async isReady() {
    await until('a prompt', () => {
      const lines = this.#capture().trimEnd().split('\n');
      return lines.at(-1) === kPrompt && this.#cursor() === `2 ${lines.length - 1}`;
    });
  }

  /** Waits for a text. @param {RegExp} pattern */
  async shows(pattern) {
    await until(String(pattern), () => pattern.test(this.#capture()));
  }

  /** What is shown, with its colours, without the prompt that waits. @returns {string[]} */
  lines() {
    const lines = this.#capture('-e', '-N').trimEnd().split('\n');
    return lines.at(-1)?.trim() === kPrompt ? lines.slice(0, -1) : lines;
  }

  #cursor() {
    return this.#stage
      .tmux('display-message', '-p', '-t', this.#pane, '#{cursor_x} #{cursor_y}')
      .trim();
  }

  /** @param {string[]} options @returns {string} */
  #capture(...options) {
    return this.#stage.tmux('capture-pane', '-p', '-t', this.#pane, ...options);
  }
}

/** @param {string} what @param {() => boolean} isSo */
export async function until(what, isSo) {
  const giveUpAt = performance.now() + kMostMs;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error(`${what} has not come`);
    await setTimeout(50);
  }
}
