import type { StoredItem } from "../item.ts";

/** Whose an item is and whom it was shared with: what decides who sees it. */
export type Audience = Pick<StoredItem, "space" | "sharedWith">;

/** Numbers for audiences. Thousands of items have a few of them, so that nobody has to be asked about every item. */
export class Audiences {
  readonly #numbers = new Map<string, number>();
  readonly #known: Audience[] = [];

  /** From 1. */
  numberOf({ space, sharedWith }: Audience): number {
    const name = sharedWith.length === 0 ? space : [space, ...sharedWith].join("\n");
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#known.push({ space, sharedWith });
    this.#numbers.set(name, this.#known.length);
    return this.#known.length;
  }

  /** A byte for each number, 1 for those who see; nobody is 0. */
  thatSee(sees: (audience: Audience) => boolean): Uint8Array {
    const seeing = new Uint8Array(this.#known.length + 1);
    this.#known.forEach((audience, index) => {
      if (sees(audience)) seeing[index + 1] = 1;
    });
    return seeing;
  }
}
