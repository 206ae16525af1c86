import type { EmbedderPorts } from "../../src/memory/embedders/kind.ts";
import { nodeModules } from "../../src/platform/modules.ts";
import { nodeWeb } from "../../src/platform/web.ts";
import { memoryPorts } from "./memory-ports.ts";

/** The real ports of an engine that works in `directory`. */
export function embedderPorts(directory = import.meta.dirname): EmbedderPorts {
  return { ...memoryPorts(), web: nodeWeb, modules: nodeModules(directory), models: `${directory}/models` };
}
