import type { Log } from "../kernel/log.ts";

/** A log that keeps how often each warning and error was written, and nothing else. */
export class CountedLog implements Log {
  readonly #warnings = new Map<string, number>();
  readonly #errors = new Map<string, number>();

  debug(): void {}
  info(): void {}

  warn(message: string): void {
    this.#warnings.set(message, (this.#warnings.get(message) ?? 0) + 1);
  }

  error(message: string): void {
    this.#errors.set(message, (this.#errors.get(message) ?? 0) + 1);
  }

  with(): Log {
    return this;
  }

  counts() {
    return { warnings: Object.fromEntries(this.#warnings), errors: Object.fromEntries(this.#errors) };
  }
}
