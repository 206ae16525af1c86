/** Terms with how much each counts. */
export type WeighedTerms = ReadonlyMap<string, number>;

/** What BM25 has to know of a whole collection, also where only some of its documents are at hand. */
export interface CollectionStatistics {
  readonly documents: number;
  /** In terms. */
  readonly averageLength: number;
  /** How many documents have the term. */
  readonly holders: (term: string) => number;
}

export interface LexicalStatistics {
  readonly words: CollectionStatistics;
  readonly grams: CollectionStatistics;
}
