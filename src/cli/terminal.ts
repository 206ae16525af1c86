/** Where a command prints. Results go to `out`; progress, notes and failures go to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person reads `out`. */
  readonly isInteractive: boolean;
  readonly paint: Paint;
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;

export const unpainted: Paint = (_, text) => text;
const painted: Paint = (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;

/** The process's own streams. Colours are for a terminal whose user did not ask to go without (NO_COLOR). */
export function processTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const isInteractive = process.stdout.isTTY;
  const wanted = (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  // A reader that has seen enough (`| head`) closes the pipe: that ends the command, and is no failure of it.
  process.stdout.on("error", (failure: NodeJS.ErrnoException) => {
    process.exit(failure.code === "EPIPE" ? process.exitCode : 1);
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isInteractive,
    paint: isInteractive && wanted ? painted : unpainted,
  };
}

/** Without control characters: text from an agent must not move the cursor, colour the page or forge a second line. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (/\s/.test(character) ? " " : "\uFFFD"));
}
