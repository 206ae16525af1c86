/** Chance and fresh names. A seeded implementation makes a whole run repeatable. */
export interface Entropy {
  /** A number in [0, 1). */
  random(): number;
  /** A new identifier, unique and sortable by time of creation. */
  id(): string;
  /** `bytes` unpredictable bytes as lower-case hex, fit for a secret. */
  secret(bytes: number): string;
}
