/** Thrown when something that the demo waits for does not come; its message says what and what came instead. */
export class WaitedInVain extends Error {}

/**
 * All events so far, and a way to wait for one: `until` looks at those that are there first, so an event is never missed
 * because it came early.
 */
export function createWatch() {
  /** @type {any[]} */
  const events = [];
  /** @type {Set<() => void>} */
  const waiting = new Set();
  let ended;

  return {
    events,

    /** Where the journal stands now; hand it to `until` as `after`. */
    get last() {
      return events.at(-1)?.sequence ?? 0;
    },

    add(event) {
      events.push(event);
      for (const look of [...waiting]) look();
    },

    /** Every wait ends with `reason`, now and later. */
    end(reason) {
      ended = reason;
      for (const look of [...waiting]) look();
    },

    /**
     * Resolves with the first event after `after` for which `wanted` holds; after `timeoutMs` with `undefined` when
     * it is `optional`, otherwise it throws and names `what`.
     * @param {string} what @param {(event: any) => boolean} wanted
     */
    until(what, wanted, { after = 0, timeoutMs = 20_000, optional = false } = {}) {
      return new Promise((resolve, reject) => {
        let seen = 0;
        const done = (settle) => {
          clearTimeout(timer);
          waiting.delete(look);
          settle();
        };
        const look = () => {
          for (; seen < events.length; seen++) {
            const event = events[seen];
            if (event.sequence > after && wanted(event)) return done(() => resolve(event));
          }
          if (ended !== undefined) done(() => reject(new WaitedInVain(`stopped waiting for ${what}: ${ended}`)));
        };
        const timer = setTimeout(() => {
          const latest = events.slice(-5).map((event) => event.type);
          const failure = new WaitedInVain(
            `waited ${timeoutMs / 1_000} s in vain for ${what}; the last events were ${latest.join(", ") || "none"}`,
          );
          done(() => (optional ? resolve(undefined) : reject(failure)));
        }, timeoutMs);
        waiting.add(look);
        look();
      });
    },

    /** Resolves when no event but the silent ones came for `quietMs`, at the latest after `timeoutMs`. */
    async calm({ quietMs = 1_200, timeoutMs = 4_000 } = {}) {
      const loud = () => events.findLast((event) => event.severity !== "debug")?.sequence ?? 0;
      const endAt = performance.now() + timeoutMs;
      let before = loud();
      let quietSince = performance.now();
      while (performance.now() < endAt && performance.now() - quietSince < quietMs && ended === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (loud() !== before) [before, quietSince] = [loud(), performance.now()];
      }
    },
  };
}
/** @typedef {ReturnType<typeof createWatch>} Watch */
