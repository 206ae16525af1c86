/** Tells everybody who waits that something changed. */
export class Pulse {
  #next: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  beat(): void {
    const waiting = this.#next;
    this.#next = undefined;
    waiting?.resolve();
  }

  /** Resolves with the next change; who asks before looking misses none. */
  next(): Promise<void> {
    this.#next ??= pending();
    return this.#next.promise;
  }
}

function pending() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
