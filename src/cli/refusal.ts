import { AiosError, type FailureCode, type Fault, failures } from "../kernel/errors.ts";
import type { EngineAddress } from "./engine-address.ts";

/** A failure that the engine answered with, as the failure it is. */
export function refusalOf(
  address: EngineAddress,
  url: string,
  status: number,
  headers: Headers,
  text: string,
): AiosError {
  const problem = problemIn(text);
  if (problem === undefined) return stranger(url, status);
  if (status === 401) return new AiosError("auth.missing", sayUnknownToken(address, url));
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const later = Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {};
  return new AiosError(codeOf(problem["code"]), detailOf(problem, status), { faults: faultsOf(problem), ...later });
}

/** Somebody else listens where the engine was looked for. */
export function stranger(url: string, status: number): AiosError {
  return new AiosError("engine.unreachable", `What answers at ${url} (status ${status}) is not an AIOS engine`);
}

function sayUnknownToken({ token, tokenFrom }: EngineAddress, url: string): string {
  const change = "Set AIOS_TOKEN, or name the engine's own data directory with --data-dir";
  return token === undefined
    ? `The engine at ${url} wants a token and none was found (${tokenFrom}). ${change}`
    : `The engine at ${url} does not know the token of ${tokenFrom}. ${change}`;
}

type Problem = Readonly<Record<string, unknown>>;

function problemIn(text: string): Problem | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) && "code" in body ? body : undefined;
  } catch {
    return undefined;
  }
}

/** A newer engine may know failures that this program does not. */
function codeOf(code: unknown): FailureCode {
  return typeof code === "string" && isKnown(code) ? code : "internal";
}

const isKnown = (code: string): code is FailureCode => Object.hasOwn(failures, code);

function detailOf({ detail, title }: Problem, status: number): string {
  if (typeof detail === "string" && detail !== "") return detail;
  return typeof title === "string" ? title : `The engine answered with status ${status}`;
}

function faultsOf({ errors }: Problem): readonly Fault[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((fault: unknown) => {
    if (!isRecord(fault)) return [];
    const { path, message } = fault;
    return [{ path: typeof path === "string" ? path : "", message: typeof message === "string" ? message : "" }];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
