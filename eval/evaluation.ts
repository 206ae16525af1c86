import type { DataFolder, OutFolder } from "./folder.ts";
import type { Metric } from "./metric.ts";

/** What an evaluation is told to build; what is left out is the default. */
export interface Choice {
  readonly backend?: string | undefined;
  readonly embedder?: string | undefined;
  /** For `experiment`: its pairs are made and written to `--out`, where anybody finds them. */
  readonly simulate?: boolean | undefined;
}

/** Reads data, writes predictions and tells metrics as they are known. Wrong data ends it with an `EvalFault`. */
export type Evaluation = (
  data: DataFolder,
  out: OutFolder,
  choice?: Choice,
) => Iterable<Metric> | AsyncIterable<Metric>;
