import type { Terminal } from './terminal.ts';

/**
 * A command is data plus `run`. Its module is imported only when it is called, and `run` imports what is heavy (onnxruntime,
 * vega) only once its input is known to be good. `run` throws: UsageError for a wrong call, any other Error for a failure.
 */
export interface Command<Options = Readonly<Record<string, unknown>>> {
  /** Positional arguments as commander writes them: `<file>`, `[name]`, `<files...>`, of which `run` gets each. */
  readonly arguments: readonly { readonly name: string; readonly description: string; readonly default?: string }[];
  readonly options: readonly CommandOption[];
  /** Shown by --help, without the leading `pfn`. */
  readonly examples: readonly string[];
  readonly run: (args: readonly string[], options: Options, terminal: Terminal) => Promise<void>;
}

export interface CommandOption {
  /** As commander writes them: `--horizon <steps>`, `--json`. The option arrives in camelCase. */
  readonly flags: string;
  readonly description: string;
  readonly default?: string | number | boolean | readonly number[];
  /** Text -> value, and the value before where an option comes again; throws UsageError. */
  parse?(text: string, before?: unknown): unknown;
}

/** A row of the table in main.ts. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command<never> }>;
}
