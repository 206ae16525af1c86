const own = new Set([
  "AIOS_TOKEN",
  "AIOS_JOURNAL_KEY",
  "AIOS_NEO4J_PASSWORD",
  "AIOS_CHROMA_TOKEN",
  "AIOS_EMBEDDER_KEY",
]);

/** Whether a variable of the environment is one of the engine's own credentials, which are never handed on. */
export function isEngineSecret(name: string): boolean {
  return own.has(name);
}
