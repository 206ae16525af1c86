const root = new URL("../dist/", import.meta.url);

/**
 * A module of the built engine, by its path below `src`. Figures are taken from what users run and not from what a
 * development loader makes of the sources.
 */
export async function built<M>(module: string): Promise<M> {
  return (await import(new URL(module.replace(/\.ts$/, ".js"), root).href)) as M;
}
