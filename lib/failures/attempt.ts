/** What was tried when a system call failed, and what can be done in most cases. */

export interface Attempt {
  channel?: string | undefined;
  directory: string;
  /** Bytes of the ring, if one was to be created. */
  wantedBytes?: number | undefined;
  /** The file mode that says which users may open the channel. */
  permissions?: number | undefined;
}

export const kElsewhere = 'choose another directory with SMIPC_DIR or the option `dir`';

/** What the ring would have needed, as a part of a sentence. */
export function needed(bytes: number | undefined): string {
  return bytes === undefined ? '' : `, and the ring needs ${bytes} bytes`;
}
