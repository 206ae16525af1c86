import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { faultsOf } from "../../events/faults.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { HttpDeps } from "../deps.ts";
import type { HttpEnv } from "../env.ts";
import { exportFromLines, exportToLines, LINES_TYPE } from "../export-lines.ts";
import { needs } from "../guard.ts";
import { askerOf } from "../memory-asker.ts";
import { routes } from "../routing.ts";
import { exportInput, exportView } from "../shapes/memory.ts";

/** Export and import for those who want JSON lines; everybody else goes on to the routes that know one JSON object. */
export function memoryLines({ memory }: HttpDeps) {
  const app = routes();
  app.post("/export", needs("memory.move").middleware, async (c, next) => {
    if (!names(c, "accept")) return next();
    const { space } = fitting(exportInput, await c.req.json());
    const lines = exportToLines(await memory.export(askerOf(c.get("principal"), space)));
    return c.body(lines, 200, { "content-type": `${LINES_TYPE}; charset=utf-8` });
  });
  app.post("/import", needs("memory.move").middleware, async (c, next) => {
    if (!names(c, "content-type")) return next();
    const content = exportFromLines(await c.req.text());
    return c.json(await memory.import(fitting(exportView, content), askerOf(c.get("principal"), undefined)), 200);
  });
  return app;
}

function names(c: Context<HttpEnv>, header: "accept" | "content-type"): boolean {
  const types = (c.req.header(header) ?? "").toLowerCase().split(",");
  return types.some((type) => type.split(";", 1)[0]?.trim() === LINES_TYPE);
}

function fitting<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new AiosError("input.invalid", "The body does not fit this route", { faults: faultsOf(read.error) });
}
