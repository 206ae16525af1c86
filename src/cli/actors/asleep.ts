import { catalogue } from "../../actions/index.ts";
import { compileRules } from "../../domain/playbook/rules.ts";
import { silentLog } from "../../kernel/log.ts";
import { openPalace } from "../../memory/open.ts";
import { systemClock } from "../../platform/clock.ts";
import { systemEntropy } from "../../platform/entropy.ts";
import { nodeFileLocks } from "../../platform/file-lock.ts";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import { createProcesses } from "../../platform/processes.ts";
import { createVitals } from "../../platform/vitals.ts";
import { nodeWeb } from "../../platform/web.ts";
import { createRuntime, type Runtime } from "../../runtime.ts";
import type { Settings } from "../settings.ts";

/** An engine's parts, introduced and never started: they read what they are given and touch nothing. */
export async function asleep({ config, dataDir }: Settings): Promise<Runtime> {
  const clock = systemClock;
  const locks = nodeFileLocks(clock);
  const runtime = createRuntime({
    ports: {
      clock,
      entropy: systemEntropy,
      hash: nodeHash,
      files: nodeFiles,
      log: silentLog,
      processes: createProcesses({ clock, entropy: systemEntropy }),
      web: nodeWeb,
      vitals: createVitals({ diskPath: dataDir }),
      environment: {},
    },
    config,
    dataDir,
    palace: await openPalace({ backend: "volatile" }, { clock, files: nodeFiles, locks, log: silentLog }),
    rules: compileRules([], { catalogue, hash: nodeHash }),
  });
  runtime.host.begin();
  return runtime;
}
