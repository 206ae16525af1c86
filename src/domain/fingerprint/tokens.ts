/**
 * A piece of a message. A `value` is what differs between two strikes of the same failure; everything else names it.
 * `glued` says that no space stands before the piece.
 */
export type Token =
  | { readonly kind: "value"; readonly as: ValueName; readonly text: string; readonly glued: boolean }
  | { readonly kind: "word" | "identifier" | "punctuation"; readonly text: string; readonly glued: boolean };

/** How a value is shown in a template, in angle brackets. */
export type ValueName =
  | "url"
  | "email"
  | "time"
  | "uuid"
  | "mac"
  | "ip"
  | "path"
  | "str"
  | "num"
  | "host"
  | "file"
  | "id"
  | "none"
  | "args"
  | "value";
