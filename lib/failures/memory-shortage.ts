/** The text about a memory limit that a new channel would exceed. */

/** A memory limit that a new channel would exceed; in bytes. */
export interface MemoryShortage {
  /** The file that says the limit. */
  file: string;
  limit: number;
  /** Without what the kernel frees on demand, such as cached files. */
  used: number;
}

export function shortageText(wantedBytes: number, { file, limit, used }: MemoryShortage): string {
  const way =
    file === '/proc/meminfo'
      ? 'free some memory or add more'
      : 'raise this limit of the memory cgroup, e.g. with docker run --memory';
  return (
    ` (${wantedBytes} bytes requested; the limit in ${file} is ${limit} bytes, of which ${used}` +
    ` are in use; ${way}, or use a smaller \`capacity\`)`
  );
}
