/** Modules that a user names: a path of their own, or a package. */
export interface Modules {
  /**
   * What the module exports. A specifier that begins with `.` or `/` is a file, relative to the directory the engine works
   * in; any other is a package that is installed there or beside the engine. Rejects when there is no such module, or when
   * it fails.
   */
  load(specifier: string): Promise<Readonly<Record<string, unknown>>>;
}
