// Takes a short nap and says so: `{"napMs": 50}`. A file `hang` in its working directory stands for something that never
// answers: then it starts a helper, as many tools do, and both wait for ever.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { serve } from "./protocol.mjs";

const FOR_EVER_MS = 2 ** 30;

if (process.argv[2] === "--helper") {
  await pause(FOR_EVER_MS);
} else {
  await serve(async ({ input }, { progress }) => {
    if (existsSync("hang")) {
      spawn(process.execPath, [fileURLToPath(import.meta.url), "--helper"], { stdio: "ignore" });
      progress(0, "waiting for an answer");
      await pause(FOR_EVER_MS);
    }
    await pause(input.napMs);
    return { sleptMs: input.napMs };
  });
}
