import path from "node:path";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import type { PlaybookDraft } from "../answers.ts";
import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge, sayJson, sayWhen } from "../say.ts";
import { bullets, type Column, details, section } from "../table.ts";
import type { Paint } from "../terminal.ts";
import { schemaFrom } from "./files.ts";
import { noteOnFirst } from "./first-of-folder.ts";
import { lintReports, sayReport } from "./lint-report.ts";
import { catalogueOf } from "./own-catalogue.ts";

export const drafts: Command = {
  name: "drafts",
  summary: "Look at playbooks that were drafted for failures that none answers, and take them up",
  operands: [
    { name: "WHAT", says: "list (the usual), show or adopt", optional: true },
    { name: "ID", says: "the draft's id, for show and adopt", optional: true },
  ],
  options: {
    file: { type: "string", value: "FILE", says: "for adopt: the file to write (default playbooks/ID.json)" },
    limit: limitOption,
  },
  notes: [
    "A failure that struck three tasks, and that no playbook answered, gets a draft: its trigger and its tests are written,",
    "what is to be done is yours to fill in. `adopt` writes it to a file, and touches none that exists. A draft never acts;",
    "`aios playbook lint FILE` says what is missing. It is withdrawn when a playbook answers the failure.",
  ],
  examples: [
    "aios playbook drafts",
    "aios playbook drafts show draft_3f9a1c07b2de4455",
    "aios playbook drafts adopt draft_3f9a1c07b2de4455 --file playbooks/missing_input.json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [what = "list"] = call.given.operands("WHAT");
  if (what === "list") return list(call);
  if (what === "show") return show(call);
  if (what === "adopt") return adopt(call);
  throw new UsageError(`"${what}" is none of list, show, adopt`);
}

const columns = (nowMs: number): readonly Column<PlaybookDraft>[] => [
  { title: "DRAFT", of: ({ id }) => id },
  { title: "TASKS", of: ({ tasks }) => tasks, right: true },
  { title: "LESSON", of: ({ lesson }) => lesson },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "FAILURE", of: ({ template }) => template, most: 80 },
];

async function list(call: Call): Promise<number> {
  const { api } = await connect(call);
  const page = await readList(limitOf(call), (wish) => api.playbooks.drafts.$get({ query: wish }));
  return tellList(call, page, columns(Date.now()), "No drafts: every failure with a lesson is answered by a playbook.");
}

async function wanted(call: Call): Promise<PlaybookDraft> {
  const [id] = call.given.operands("ID");
  if (id === undefined) throw new UsageError("ID is missing: the draft's id, as `aios playbook drafts` lists it");
  const { api } = await connect(call);
  return read(api.playbooks.drafts[":id"].$get({ param: { id: segment(id) } }));
}

async function show(call: Call): Promise<number> {
  const draft = await wanted(call);
  return tell(call, draft, () => sayDraft(draft, Date.now(), call.terminal.paint));
}

function sayDraft(draft: PlaybookDraft, nowMs: number, paint: Paint): string {
  return [
    details(
      [
        ["draft", draft.id],
        ["failure", draft.template],
        ["fingerprint", draft.fingerprint],
        ["lesson", draft.lesson],
        ["tasks", draft.tasks],
        ["drafted", sayWhen(draft.atMs, nowMs)],
        ["file", draft.file],
      ],
      paint,
    ),
    section("Fill in", bullets(draft.unfinished.map(({ path: at, message }) => `${at}: ${message}`)), paint),
    section("Evidence", bullets(draft.evidence), paint),
    section("Document", `${sayJson(draft.document)}\n`, paint),
  ].join("");
}

async function adopt(call: Call): Promise<number> {
  const draft = await wanted(call);
  const file = path.resolve(call.cwd, call.given.text("file") ?? path.join("playbooks", `${draft.id}.json`));
  if ((await nodeFiles.stat(file)) !== undefined) throw new UsageError(`${file} exists; it was not touched`);
  const folder = path.dirname(file);
  const document = { $schema: schemaFrom(folder), ...(draft.document as Readonly<Record<string, unknown>>) };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  const [catalogue, { compileRules }] = await Promise.all([
    catalogueOf(call),
    import("../../domain/playbook/rules.ts"),
  ]);
  const [report] = lintReports(
    [{ file, text }],
    compileRules([{ file, text }], { catalogue, hash: nodeHash }),
    catalogue,
  );
  const notes = await noteOnFirst(call, folder);
  await nodeFiles.makeDirectory(folder);
  await nodeFiles.write(file, text);
  const told = report?.ok === true ? { ...report, notes: [...report.notes, ...notes] } : report;
  tell(call, told, () => (told === undefined ? "" : sayReport(told, call.terminal.paint)));
  return exit.done;
}
