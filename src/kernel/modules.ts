/** Modules that a user names: a path of their own, or a package. */
export interface Modules {
  /**
   * What the module exports. A specifier that begins with `.` or `/` is a file, relative to the directory the engine works
   * in; any other is a package that is installed there or beside the engine. Rejects when there is no such module, or when
   * it fails.
   */
  load(specifier: string): Promise<Readonly<Record<string, unknown>>>;
  /** SHA-256 of the file that `load` begins with, in hex; what that file imports is not looked at. Rejects when it cannot be read. */
  codeOf(specifier: string): Promise<string>;
}
