import { errnoNames } from "./fingerprint/errno.ts";

/** Python's exceptions for system errors, as its documentation pairs them (PEP 3151). */
const pythons: ReadonlyMap<string, string> = new Map([
  ["BlockingIOError", "EAGAIN"],
  ["BrokenPipeError", "EPIPE"],
  ["ChildProcessError", "ECHILD"],
  ["ConnectionAbortedError", "ECONNABORTED"],
  ["ConnectionRefusedError", "ECONNREFUSED"],
  ["ConnectionResetError", "ECONNRESET"],
  ["FileExistsError", "EEXIST"],
  ["FileNotFoundError", "ENOENT"],
  ["InterruptedError", "EINTR"],
  ["IsADirectoryError", "EISDIR"],
  ["NotADirectoryError", "ENOTDIR"],
  ["PermissionError", "EACCES"],
  ["ProcessLookupError", "ESRCH"],
  ["TimeoutError", "ETIMEDOUT"],
]);

/** The system error that a message names, such as `ECONNREFUSED`; `undefined` when it names none. */
export function errnoOf(message: string): string | undefined {
  for (const [word] of message.matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) {
    if (errnoNames.has(word)) return word;
    const python = pythons.get(word);
    if (python !== undefined) return python;
  }
  return undefined;
}
