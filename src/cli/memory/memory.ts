import type { Group } from "../command.ts";
import { merge, review, sweep, tidy, unmerge } from "./care.ts";
import { embedder } from "./embedder.ts";
import { bringIn, feedback, share, takeOut } from "./exchange.ts";
import { link, neighbours, sequel, unlink, way } from "./graph.ts";
import { change, forget, get, list, store } from "./items.ts";
import { migrate } from "./migrate.ts";
import { context, query } from "./search.ts";

export const memory: Group = {
  name: "memory",
  summary: "Store what was learned, find it again, link and share it",
  usual: "list",
  commands: [
    list,
    get,
    store,
    change,
    query,
    context,
    feedback,
    forget,
    link,
    unlink,
    neighbours,
    way,
    sequel,
    review,
    tidy,
    merge,
    unmerge,
    sweep,
    share,
    takeOut,
    bringIn,
    migrate,
    embedder,
  ],
};
