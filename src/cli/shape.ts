export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** The command says so itself when it is left out. */
  readonly required?: boolean;
  /** What stands for the value in the help: `N`, `FILE`, `30s`. */
  readonly value?: string;
  readonly says: string;
}
export type Options = Readonly<Record<string, Option>>;

export interface Operand {
  /** In capitals, as in the usage line. */
  readonly name: string;
  readonly says: string;
  readonly optional?: boolean;
  /** Takes all that is left. */
  readonly many?: boolean;
  /** Stands after `--`, so that its own options are not taken for ours. */
  readonly behindDashes?: boolean;
}

/** What a command takes: enough to read its arguments and to write its help. */
export interface Shape {
  readonly operands?: readonly Operand[];
  readonly options?: Options;
}

/** Options of every command. */
export const commonOptions = {
  json: { type: "boolean", says: "print JSON: results on standard output, a failure on standard error" },
  config: { type: "string", value: "FILE", says: "the configuration file (AIOS_CONFIG_PATH, else ./aios.config.json)" },
  "data-dir": { type: "string", value: "DIR", says: "the data directory (AIOS_DATA_DIR)" },
  help: { type: "boolean", short: "h", says: "print this help" },
} as const satisfies Options;
