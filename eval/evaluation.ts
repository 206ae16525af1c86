import type { DataFolder, OutFolder } from "./folder.ts";
import type { Metric } from "./metric.ts";

/** Reads data, writes predictions and tells metrics as they are known. Wrong data ends it with an `EvalFault`. */
export type Evaluation = (data: DataFolder, out: OutFolder) => Iterable<Metric> | AsyncIterable<Metric>;
