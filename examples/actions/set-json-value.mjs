// An action of one's own, named by `reactor.actions`: it sets one value in a JSON file, and undo puts the old bytes back.
// What each member promises: docs/guides/own-action.md.

export const action = ({ z, refuse, keepFile, putFile, putBack }) => {
  const params = z.strictObject({
    path: z.string().regex(/^\//, "has to be absolute").describe("The JSON file."),
    member: z
      .string()
      .regex(/^[\w-]+(\.[\w-]+)*$/, "names like workers or limits.batch")
      .describe("Which value, with dots between the names on the way to it; it has to be there already."),
    value: z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]).describe("What it becomes."),
  });

  /** The file's text with the value in it. */
  function edited(text, { path, member, value }) {
    const names = member.split(".");
    const last = names.pop();
    const whole = JSON.parse(text);
    let owner = whole;
    for (const name of names) owner = Object.hasOwn(Object(owner), name) ? owner[name] : undefined;
    if (!Object.hasOwn(Object(owner), last)) throw refuse(`${path} has no ${member}`);
    owner[last] = value;
    return `${JSON.stringify(whole, null, 2)}\n`;
  }

  const textOf = (kept) => {
    if (kept.kind !== "file") throw refuse("there is no such file");
    return Buffer.from(kept.base64, "base64").toString("utf8");
  };

  return {
    name: "set_json_value",
    summary: "Set one value in a JSON file. Undo puts the old bytes back.",
    params,
    risk: "low",
    idempotent: true,
    timeoutMs: 10_000,
    grants: ({ path }) => [`fs.write:${path}`],
    says: ({ path, member, value }) => `set ${member} in ${path} to ${JSON.stringify(value)}`,
    outside: () => true,
    async prepare(given, context) {
      const kept = await keepFile(given.path, context);
      edited(textOf(kept), given);
      return kept;
    },
    async run(given, context) {
      const text = edited(textOf(await keepFile(given.path, context)), given);
      const place = await putFile(given.path, text, undefined, context);
      return { detail: `set ${given.member} in ${place}`, evidence: { value: given.value } };
    },
    async undo(given, before, context) {
      const written = new TextEncoder().encode(edited(textOf(before), given));
      return putBack(given.path, before, written, context);
    },
  };
};
