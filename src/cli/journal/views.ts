import { randomUUID } from "node:crypto";
import path from "node:path";
import { type JournalView, journalViews } from "../../actors/views/journal-views.ts";
import type { AppendHandle } from "../../kernel/files.ts";
import { insistOnKnownLayout } from "../../platform/data-format.ts";
import { nodeFiles } from "../../platform/files.ts";
import { type Call, type Command, tell } from "../command.ts";
import { journalOf } from "./source.ts";

export const views: Command = {
  name: "views",
  summary: "Rebuild playbook_executions.jsonl and agent_tasks.jsonl from the journal",
  options: { out: { type: "string", value: "DIR", says: "where to write them (the data directory)" } },
  notes: [
    "Both are read for convenience and belong to nobody: each is replaced whole, or left as it was when something fails.",
  ],
  examples: ["aios journal views", "aios journal views --out /tmp/views"],
  run,
};

async function run(call: Call): Promise<number> {
  const { events, settings } = await journalOf(call);
  const out = call.given.text("out");
  const directory = out === undefined ? settings.dataDir : path.resolve(call.cwd, out);
  await insistOnKnownLayout(nodeFiles, directory);
  await nodeFiles.makeDirectory(directory);
  let first = 0;
  const writers = await Promise.all(journalViews.map((view) => openWriter(view, directory)));
  try {
    for await (const event of events()) {
      if (first === 0) first = event.sequence;
      for (const writer of writers) await writer.add(writer.view.lines(event));
    }
    for (const writer of writers) await writer.adopt();
  } catch (failure) {
    for (const writer of writers) await writer.discard();
    throw failure;
  }
  const written = writers.map(({ file, lines }) => ({ file, lines: lines() }));
  const notHeld = first > 1 ? `Events 1 to ${first - 1} are no longer held: what they told is in neither.\n` : "";
  return tell(
    call,
    { views: written, firstSequence: first },
    () => written.map(({ file, lines }) => `${file}: ${lines} lines\n`).join("") + notHeld,
  );
}

/** Writes beside the file, which is replaced when all of it is there. */
interface Writer {
  readonly view: JournalView;
  readonly file: string;
  readonly lines: () => number;
  add(lines: readonly string[]): Promise<void>;
  adopt(): Promise<void>;
  discard(): Promise<void>;
}

const GATHERED_CHARACTERS = 1024 * 1024;

async function openWriter(view: JournalView, directory: string): Promise<Writer> {
  const file = path.join(directory, view.file);
  const draft = path.join(directory, `.${view.file}.${randomUUID()}`);
  let handle: AppendHandle | undefined = await nodeFiles.append(draft);
  let gathered = `${view.header}\n`;
  let count = 0;
  const flush = async () => {
    await handle?.write(Buffer.from(gathered, "utf8"));
    gathered = "";
  };
  const close = async () => {
    const open = handle;
    handle = undefined;
    await open?.close();
  };
  return {
    view,
    file,
    lines: () => count,
    async add(lines) {
      for (const line of lines) gathered += `${line}\n`;
      count += lines.length;
      if (gathered.length > GATHERED_CHARACTERS) await flush();
    },
    async adopt() {
      await flush();
      await handle?.sync();
      await close();
      await nodeFiles.rename(draft, file);
    },
    async discard() {
      await close();
      await nodeFiles.remove(draft);
    },
  };
}
