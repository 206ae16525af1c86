// Reads the file that its task names and counts what is in it: `{"file": "/path/to/input.csv"}`.
// A missing file fails as it would in anybody's code: ENOENT, with the path in the message.
import { readFile } from "node:fs/promises";
import { serve } from "./protocol.mjs";

await serve(async ({ input }, { progress }) => {
  progress(0, "reading");
  const text = await readFile(input.file, "utf8");
  const rows = text.split("\n").filter((line) => line !== "");
  return { rows: rows.length - 1, bytes: Buffer.byteLength(text), columns: rows[0]?.split(",").length ?? 0 };
});
