/**
 * What a command is: what parses its arguments, what its help, the completion of shells and
 * docs/command-line.md say of it. commands.ts has them all.
 */

/** How a value of an option is written, and what it is for the command. */
export type ValueKind =
  | ('text' | 'size' | 'duration' | 'count')
  /** A time that a timer can have, and that does not keep the processor busy. */
  | 'interval'
  | 'optional-interval';

export interface OptionValue extends Offered {
  readonly kind: ValueKind;
  readonly name: string;
}

/** What shells offer in a place. */
export interface Offered {
  /** Names of channels. */
  readonly isChannel?: boolean;
  readonly isFile?: boolean;
  readonly isDirectory?: boolean;
  /** What may stand there, and nothing else. */
  readonly choices?: readonly string[];
}

export interface Option {
  /** Without dashes. */
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** Undefined: a switch. */
  readonly value?: OptionValue;
  /** One line, beginning small and without a full stop. */
  readonly text: string;
}

export interface Argument extends Offered {
  readonly name: string;
  readonly isOptional?: boolean;
  readonly isRepeated?: boolean;
}

export interface Example {
  readonly line: string;
  readonly text: string;
}

export interface Command {
  readonly name: string;
  /** One line, as an order. */
  readonly summary: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  /** Paragraphs for its help, beyond its options. */
  readonly details?: readonly string[];
  /** Everything from the first argument on belongs to another program. */
  readonly takesCommand?: boolean;
  /** Loads what does it: not before it is asked for, so that help comes at once. */
  load(): Promise<{ run: Run }>;
}

/** What a command is run with. */
export interface Invocation {
  /** The arguments that are no options. */
  readonly operands: readonly string[];
  /** The program behind `--`, and its arguments. */
  readonly command: readonly string[];
  readonly values: Values;
  /** All that there are. */
  readonly commands: readonly Command[];
}

/** Does the command. Returns the exit status. */
export type Run = (invocation: Invocation) => Promise<number>;

type Value = string | number | boolean;

/** The options that were given. Each is asked for by its name and kind. */
export class Values {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  /** Of a switch: whether it is on. */
  isSet(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** Undefined: neither it nor its opposite was given. */
  switchOf(name: string): boolean | undefined {
    return this.isSet(name) ? true : this.isSet(`no-${name}`) ? false : undefined;
  }

  text(name: string): string | undefined {
    return this.#values.get(name) as string | undefined;
  }

  number(name: string): number | undefined {
    return this.#values.get(name) as number | undefined;
  }
}
