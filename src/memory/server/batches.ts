/**
 * Work that costs one round trip however much of it there is: what is asked while a batch is under way goes with the next.
 * Batches follow each other in order.
 */
export class Batches<In, Out> {
  readonly #carryOut: (batch: readonly In[]) => Promise<readonly Out[]>;
  readonly #most: number;
  #waiting: { readonly one: In; readonly resolve: (out: Out) => void; readonly reject: (failure: unknown) => void }[] =
    [];
  #running: Promise<void> | undefined;

  constructor(most: number, carryOut: (batch: readonly In[]) => Promise<readonly Out[]>) {
    this.#most = most;
    this.#carryOut = carryOut;
  }

  add(one: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ one, resolve, reject });
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
    });
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Who asks in the same turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#most);
      try {
        const outs = await this.#carryOut(batch.map(({ one }) => one));
        batch.forEach(({ resolve, reject }, at) => {
          const out = outs[at];
          if (out === undefined) reject(new Error("a batch answered too little"));
          else resolve(out);
        });
      } catch (failure) {
        for (const { reject } of batch) reject(failure);
      }
    }
  }
}
