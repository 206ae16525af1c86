import type { Runtime } from "../runtime.ts";

/** Has everybody who remembers events hear them, in this order, and says what each of them remembers. */
export function foldEvents({ bus, views, host, score, recollection, remedies, inspection }: Runtime): void {
  bus.fold((event) => views.apply(event), ...views.all);
  bus.fold((event) => host.hear(event), ...host.states, inspection);
  bus.fold((event) => score.apply(event), ...score.states);
  bus.fold((event) => recollection.note(event), recollection);
  bus.fold((event) => remedies.note(event), remedies);
}
