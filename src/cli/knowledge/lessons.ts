import type { Lesson } from "../answers.ts";
import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { levels } from "../memory/memory-text.ts";
import { sayAge, sayNumber, sayWhen } from "../say.ts";
import { bullets, type Column, details, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";

const list: Command = {
  name: "list",
  summary: "List the lessons: a failure, its remedy and how far it is proven",
  options: { level: { type: "string", value: "LEVEL", says: levels.join(", ") }, limit: limitOption },
  examples: ["aios lessons", "aios lessons list --level hardened --json"],
  run: listLessons,
};

const show: Command = {
  name: "show",
  summary: "Show one lesson with its record, what became of it, and the evidence",
  operands: [{ name: "ID", says: "the lesson's id" }],
  examples: ["aios lessons show lesson-3f9a1c"],
  run: showLesson,
};

export const lessons: Group = {
  name: "lessons",
  summary: "Look at what was learned from failures",
  usual: "list",
  commands: [list, show],
};

const columns = (nowMs: number): readonly Column<Lesson>[] => [
  { title: "LESSON", of: ({ id }) => id },
  { title: "LEVEL", of: ({ level }) => level },
  { title: "CONFIDENCE", of: ({ confidence }) => sayNumber(confidence), right: true },
  { title: "FIXES", of: ({ fixes }) => fixes, right: true },
  { title: "FAILURES", of: ({ failures }) => failures, right: true },
  { title: "REMEDY", of: ({ remedy }) => remedy ?? "none yet" },
  { title: "UPDATED", of: ({ updatedAtMs }) => sayAge(updatedAtMs, nowMs) },
  { title: "TITLE", of: ({ title }) => title, most: 60 },
];

const historyColumns = (nowMs: number): readonly Column<NonNullable<Lesson["history"]>[number]>[] => [
  { title: "SEQUENCE", of: ({ sequence }) => sequence, right: true },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "WHAT", of: ({ says }) => says },
  { title: "RUN", of: ({ run }) => run ?? "" },
];

function sayLesson(lesson: Lesson, nowMs: number, paint: Paint): string {
  const rows = details(
    [
      ["lesson", lesson.id],
      ["title", lesson.title],
      ["level", lesson.level, lesson.level === "verified" || lesson.level === "hardened" ? "green" : "yellow"],
      ["confidence", sayNumber(lesson.confidence)],
      ["record", `${lesson.fixes} fixes on ${lesson.targets} targets, ${lesson.failures} failures`],
      ["remedy", lesson.remedy ?? "none yet"],
      ["fingerprint", lesson.fingerprint],
      ["drafted", sayWhen(lesson.createdAtMs, nowMs)],
      ["updated", sayWhen(lesson.updatedAtMs, nowMs)],
      ["content", lesson.content],
      ["advice", lesson.advice && `${lesson.advice.text} (written by ${lesson.advice.writtenBy}, not verified)`],
    ],
    paint,
  );
  const history = table(lesson.history ?? [], historyColumns(nowMs), paint);
  return `${rows}${section("History", history, paint)}${section("Evidence", bullets(lesson.evidence), paint)}`;
}

async function listLessons(call: Call): Promise<number> {
  const level = call.given.oneOf("level", levels);
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.lessons.$get({ query: { ...wish, level } }));
  return tellList(call, page, columns(Date.now()), "No lessons yet.");
}

async function showLesson(call: Call): Promise<number> {
  const { api } = await connect(call);
  const id = segment(call.given.operand("ID"));
  const lesson = await read(api.lessons[":id"].$get({ param: { id } }));
  return tell(call, lesson, () => sayLesson(lesson, Date.now(), call.terminal.paint));
}
