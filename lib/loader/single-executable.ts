/** The addon in a single executable of Node's own, which can hold files as assets but not load them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { loadFile } from './load-file.js';

/** Under which name the configuration of the executable lists the file, in `assets`. */
export const kAsset = 'smipc.node';

interface SingleExecutable {
  isSea(): boolean;
  getRawAsset(key: string): ArrayBuffer;
}

/** undefined: this is no such executable, or has no such asset. */
export function findAsset(): (() => unknown) | undefined {
  // Node 20.19 has it; other runtimes need not.
  const sea = process.getBuiltinModule?.('node:sea') as SingleExecutable | undefined;
  if (sea?.isSea?.() !== true) return undefined;
  let content: ArrayBuffer;
  try {
    content = sea.getRawAsset(kAsset);
  } catch {
    return undefined;
  }
  return () => loadContent(new Uint8Array(content));
}

/** By way of a temporary file: dlopen(3) takes nothing else. It can be removed once it is loaded. */
function loadContent(content: Uint8Array): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'smipc-'));
  try {
    const file = join(folder, kAsset);
    writeFileSync(file, content, { mode: 0o500 });
    return loadFile(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
