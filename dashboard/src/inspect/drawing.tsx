import type { Move, StateNode } from "./statechart.ts";

/** A statechart as nested boxes: where the machine is now, and what leads from each state to which. */
export function Drawing({ root }: { readonly root: StateNode }) {
  return (
    <div class="drawing" data-testid="drawing">
      <Moves moves={root.moves} from="from anywhere" />
      <States states={root.states} parallel={root.parallel} />
    </div>
  );
}

function States({ states, parallel }: { readonly states: readonly StateNode[]; readonly parallel: boolean }) {
  if (states.length === 0) return null;
  return (
    <ul class={parallel ? "boxes parallel" : "boxes"}>
      {states.map((state) => (
        <li key={state.name} class={state.lit ? "box lit" : "box"} data-state={state.name} data-lit={String(state.lit)}>
          <p class="box-head">
            <span class="box-name">{state.name}</span>
            {state.lit ? <span class="sr"> (now)</span> : null}
            <span class="fine">{marksOf(state)}</span>
          </p>
          <Moves moves={state.moves} />
          <States states={state.states} parallel={state.parallel} />
        </li>
      ))}
    </ul>
  );
}

function marksOf({ initial, final, parallel }: StateNode): string {
  return [initial ? "begins here" : "", final ? "ends here" : "", parallel ? "side by side" : ""]
    .filter((mark) => mark !== "")
    .join(", ");
}

function Moves({ moves, from }: { readonly moves: readonly Move[]; readonly from?: string }) {
  if (moves.length === 0) return null;
  return (
    <ul class="box-moves">
      {moves.map(({ event, targets }) => (
        <li key={event}>
          {from === undefined ? null : <span class="fine">{from} </span>}
          <code>{event === "" ? "at once" : event}</code>
          <span class="fine">→ {targets.join(" or ")}</span>
        </li>
      ))}
    </ul>
  );
}
