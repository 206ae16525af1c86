/** Closes what was opened, newest first; every closer runs even when an earlier one throws. */
export class Scope implements AsyncDisposable {
  #closers: (() => void | Promise<void>)[] = [];

  /** Remembers how to close something, and hands the something back. */
  use<T>(value: T, close: (value: T) => void | Promise<void>): T {
    this.#closers.push(() => close(value));
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "closing failed");
  }
}
