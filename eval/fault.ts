/** What stands in the way of an evaluation and can be put right by whoever called it. */
export class EvalFault extends Error {
  /** `usage`: the command itself is wrong; `data`: a file is missing or says something that cannot be read. */
  readonly kind: "usage" | "data";

  constructor(kind: "usage" | "data", message: string) {
    super(message);
    this.name = "EvalFault";
    this.kind = kind;
  }
}
