import { isEngineSecret } from "../kernel/engine-secrets.ts";
import { AiosError } from "../kernel/errors.ts";

/**
 * A secret by reference: only what the configuration allows leaves the engine's environment, and never its own keys.
 *
 * @throws {AiosError} `action.refused`
 */
export function secretOf(
  name: string,
  allowed: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (isEngineSecret(name)) throw refused(name, "it is the engine's own");
  if (!allowed.includes(name)) throw refused(name, "`reactor.secrets` does not name it");
  const value = environment[name];
  if (value === undefined || value === "") throw refused(name, "the engine's environment does not hold it");
  return value;
}

function refused(name: string, why: string): AiosError {
  return new AiosError("action.refused", `the secret ${name} is not to be had: ${why}`);
}
