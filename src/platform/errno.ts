/** The errno name of a failed system call (`ENOENT`), or `undefined` when the failure is of another kind. */
export function errnoOf(failure: unknown): string | undefined {
  if (!(failure instanceof Error) || !("code" in failure)) return undefined;
  return typeof failure.code === "string" ? failure.code : undefined;
}
