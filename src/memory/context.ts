import type { StoredItem } from "./item.ts";

/** Lessons and memories as a text for an agent's next task, within its budget. */
export interface MemoryContext {
  readonly text: string;
  /** Keys of the items in the text, in its order. */
  readonly keys: readonly string[];
  /** What the text will cost, estimated. */
  readonly tokens: number;
  /** What should be known about it, in words. */
  readonly note?: string;
}

/** Packs the items in their order; one that no longer fits is passed over for a shorter one behind it. */
export function packContext(items: readonly StoredItem[], budgetTokens: number): MemoryContext {
  const parts: string[] = [];
  const keys: string[] = [];
  let tokens = 0;
  for (const item of items) {
    const part = line(item);
    const cost = tokensIn(`${part}\n`);
    if (tokens + cost > budgetTokens) continue;
    parts.push(part);
    keys.push(item.key);
    tokens += cost;
  }
  return { text: parts.join("\n"), keys, tokens };
}

function line({ title, level, polarity, content }: StoredItem): string {
  const mark = [polarity === "avoid" ? "avoid" : undefined, level].filter((word) => word !== undefined).join(", ");
  return `- ${mark === "" ? "" : `[${mark}] `}${title === undefined ? "" : `${title}: `}${content.trim()}`;
}

const HAN = /\p{Script=Han}/gu;

/** An estimate that needs no tokenizer: a Han character is one token, four other characters are one. */
export function tokensIn(text: string): number {
  const han = text.match(HAN)?.length ?? 0;
  return Math.ceil(han + (text.length - han) / 4);
}
