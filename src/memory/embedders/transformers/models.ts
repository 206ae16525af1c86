/** How a model makes one vector of many, and what it wants before a text. */
export interface ModelHabits {
  readonly pooling: "mean" | "cls";
  readonly questionPrefix: string;
  readonly passagePrefix: string;
}

const PLAIN: ModelHabits = { pooling: "mean", questionPrefix: "", passagePrefix: "" };

/** What the authors of well-known families of models say of them; the first that fits the name. */
const families: readonly (readonly [RegExp, Partial<ModelHabits>])[] = [
  [/(?:^|[/-])e5-/i, { questionPrefix: "query: ", passagePrefix: "passage: " }],
  [
    /bge-(?:small|base|large)-en/i,
    { pooling: "cls", questionPrefix: "Represent this sentence for searching relevant passages: " },
  ],
  [/bge-/i, { pooling: "cls" }],
  [/arctic-embed/i, { pooling: "cls", questionPrefix: "Represent this sentence for searching relevant passages: " }],
  [/nomic-embed/i, { questionPrefix: "search_query: ", passagePrefix: "search_document: " }],
  [/mxbai-embed/i, { pooling: "cls", questionPrefix: "Represent this sentence for searching relevant passages: " }],
];

export function habitsOf(model: string): ModelHabits {
  const family = families.find(([name]) => name.test(model));
  return { ...PLAIN, ...family?.[1] };
}
