/** How much is remembered. When there is more, a quarter goes at once. */
export interface GroupBounds {
  readonly atoms: number;
  readonly slots: number;
  readonly known: number;
  readonly aliases: number;
}

/** Wordings that are remembered unless told otherwise. */
export const WORDINGS = 20_000;

/** What so many wordings need beside them: places where they differ, names that stood there, and earlier ids. */
export function boundsFor(wordings: number): GroupBounds {
  return { atoms: wordings, slots: 5 * wordings, known: wordings, aliases: Math.ceil(2.5 * wordings) };
}

export const groupBounds: GroupBounds = boundsFor(WORDINGS);

/** How many of so many are kept once there are more: three quarters. */
export function keptOf(most: number): number {
  return most - Math.ceil(most / 4);
}

/** All, or where there are too many the youngest of them; what comes last is youngest. */
export function younger<T, C extends Iterable<T> & { readonly size: number }>(
  all: C,
  most: number,
  rebuilt: (left: readonly T[]) => C,
): C {
  return all.size <= most ? all : rebuilt([...all].slice(-keptOf(most)));
}
