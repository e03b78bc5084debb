/** The sentence about a limit of memory that a new channel would go over. */

/** A limit that a new channel would go over. All in bytes. */
export interface MemoryShortage {
  /** Where the limit stands. */
  file: string;
  limit: number;
  /** Without what the kernel gives up when asked to, such as cached files. */
  used: number;
}

export function shortageText(wantedBytes: number, { file, limit, used }: MemoryShortage): string {
  const way =
    file === '/proc/meminfo'
      ? 'free memory or add some'
      : 'raise this limit of the memory cgroup, e.g. with docker run --memory';
  return (
    ` (${wantedBytes} bytes asked for; the limit in ${file} is ${limit} bytes, of which ${used}` +
    ` are in use; ${way}, or take a smaller \`capacity\`)`
  );
}
