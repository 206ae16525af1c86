/** Where the text of an error stands in the bodies that services send, innermost first. */
const NESTED = ["error", "err", "cause", "errors", "exception", "fault"];
const TEXT = ["message", "msg", "detail", "error_description", "errorMessage", "description", "reason"];
const CODE = ["code", "error", "errorCode", "name", "title", "error_type", "kind"];
const DEEPEST = 4;

/**
 * The headline of an error written as JSON: the last part of its type, its title or code, the class of its status, its message.
 * `undefined` when the text is not a JSON object that holds one.
 */
export function headOfJson(text: string): string | undefined {
  const start = text.indexOf("{");
  if (start === -1 || !text.endsWith("}") || start > 200) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
  const found = innermost(value, 0);
  if (found === undefined) return undefined;
  const before = text.slice(0, start).trim();
  return before === "" ? found : `${before} ${found}`;
}

function innermost(value: unknown, depth: number): string | undefined {
  if (Array.isArray(value)) return innermost(value[0], depth);
  if (!isObject(value) || depth > DEEPEST) return undefined;
  for (const key of NESTED) {
    const nested = Object.hasOwn(value, key) ? innermost(value[key], depth + 1) : undefined;
    if (nested !== undefined) return nested;
  }
  const message = firstText(value, TEXT);
  const name = nameOf(value);
  if (message === undefined && name === undefined) return undefined;
  if (message === undefined) return name;
  return name === undefined || message.startsWith(name) ? message : `${name}: ${message}`;
}

function nameOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const type = value["type"];
  if (typeof type === "string" && type !== "" && type !== "about:blank" && type !== "error") {
    return type.slice(type.replace(/[/#:.]+$/, "").search(/[^/#:.]*$/)).replace(/[/#:.]+$/, "");
  }
  const name = firstText(value, CODE);
  if (name !== undefined) return name;
  const status = value["status"] ?? value["statusCode"];
  return typeof status === "number" && status >= 100 && status < 600
    ? `status ${String(Math.floor(status / 100))}xx`
    : undefined;
}

function firstText(value: Readonly<Record<string, unknown>>, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof text === "string" && text.trim() !== "") return text;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
