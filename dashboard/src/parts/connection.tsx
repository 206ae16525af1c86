import type { Connection as State } from "../live/store.ts";

const says: Readonly<Record<State, string>> = {
  connecting: "connecting to the engine",
  live: "News arrive as they happen",
  polling: "The live connection is down: news are fetched every two seconds",
  offline: "The engine does not answer; this is what was known last",
};

/** How fresh the page is. Said aloud when it changes. */
export function Connection({ state }: { readonly state: State }) {
  return (
    <span class={`connection ${state}`} role="status" aria-live="polite" title={says[state]}>
      <span class="pulse" aria-hidden="true" />
      <span data-testid="connection">{state}</span>
      <span class="sr">: {says[state]}</span>
    </span>
  );
}
