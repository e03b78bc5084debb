/** What the figures were measured on. */
import { availableParallelism, cpus, release, type } from 'node:os';
import process from 'node:process';
import { mountOf } from '../doctor/mounts.js';

/** Set by the build. */
declare const SMIPC_VERSION: string;

/** Its keys are those of `--json`, and stable. */
export interface Machine {
  /** The model, as the system calls it; '': it does not say. */
  readonly processor: string;
  /** How many of them this process may use. */
  readonly processors: number;
  readonly kernel: string;
  readonly node: string;
  readonly smipc: string;
  /** Where the channels are. */
  readonly directory: string;
  /** As mount(8) names it; '': the system does not say. */
  readonly fileSystem: string;
}

export function machineOf(directory: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? '',
    processors: availableParallelism(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    smipc: SMIPC_VERSION,
    directory,
    fileSystem: mountOf(directory)?.type ?? '',
  };
}

/** A line for people. */
export function machineText(machine: Machine): string {
  const { processor, processors, kernel, node, smipc, directory, fileSystem } = machine;
  const kind = processor === '' ? '' : ` of ${processor}`;
  const place = fileSystem === '' ? directory : `${directory} (${fileSystem})`;
  const plural = processors === 1 ? '' : 's';
  return `${processors} processor${plural}${kind}; ${kernel}; Node ${node}; smipc ${smipc}; channels in ${place}\n`;
}
