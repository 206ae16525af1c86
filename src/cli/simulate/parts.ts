import { drained } from "../../platform/drained.ts";
import { nodeHash } from "../../platform/hash.ts";
import { FileJournal } from "../../platform/journal/file-journal.ts";
import { createSealer } from "../../platform/journal/seal.ts";
import type { SimulationParts } from "../../simulation/simulation.ts";
import type { Tape } from "../../simulation/taped-files.ts";

/** What a simulation takes from the real world: the journal's own code, sealed as the configuration says. */
export function simulationParts(tape: Tape, key?: string): SimulationParts {
  const sealer = createSealer(nodeHash, key);
  return {
    hash: nodeHash,
    drained,
    tape,
    openJournal: (path, ports, replay) => FileJournal.open({ ...ports, sealer, path, replay }),
  };
}
