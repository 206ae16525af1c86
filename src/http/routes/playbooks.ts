import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { hidden, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes, takes } from "../routing.ts";
import { id, page, pageQuery } from "../shapes/common.ts";
import { proposalChoice, proposals, rehearsedProposals } from "../shapes/proposal.ts";
import {
  dryRun,
  eventChoice,
  explanations,
  playbookDraft,
  playbookView,
  refusedPlaybook,
  reloaded,
  runInput,
  runView,
} from "../shapes/remedy.ts";

const byId = z.object({ id });

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["playbooks"],
  summary: "The playbooks that are loaded, and the files that were refused",
  ...needs("playbooks.read"),
  request: { query: pageQuery },
  responses: {
    200: answers(page(playbookView).extend({ refused: z.array(refusedPlaybook) }), "A page of playbooks"),
  },
});

const drafts = createRoute({
  method: "get",
  path: "/drafts",
  tags: ["playbooks"],
  summary: "Playbooks that were drafted for failures that none answers, for a person to finish",
  ...needs("playbooks.read"),
  request: { query: pageQuery },
  responses: { 200: answers(page(playbookDraft), "A page of drafts, the newest first") },
});

const readDraft = createRoute({
  method: "get",
  path: "/drafts/{id}",
  tags: ["playbooks"],
  summary: "One drafted playbook with its document",
  ...needs("playbooks.read"),
  request: { params: byId },
  responses: { 200: answers(playbookDraft, "The draft") },
});

const explain = createRoute({
  method: "post",
  path: "/explain",
  tags: ["playbooks"],
  summary: "Which playbooks an event would concern, and why the others not",
  ...needs("playbooks.read"),
  request: { body: takes(eventChoice) },
  responses: { 200: answers(explanations, "Every playbook considered, with the values seen") },
});

const suggest = createRoute({
  method: "post",
  path: "/suggest",
  tags: ["playbooks"],
  summary: "Playbooks that are similar to what would answer a failure or an event, where none does",
  description:
    "First by fingerprint, then by text as the memory ranks it. A proposal is for a person: nothing follows from it.",
  ...needs("playbooks.read"),
  request: { body: takes(proposalChoice) },
  responses: { 200: answers(proposals, "The proposals, most alike first, with score and reason") },
});

const rehearseSuggested = createRoute({
  method: "post",
  path: "/suggest/dry-run",
  tags: ["playbooks"],
  summary: "The same, with what the first of them would do, without doing it",
  ...needs("playbooks.change"),
  request: { body: takes(proposalChoice) },
  responses: { 200: answers(rehearsedProposals, "The proposals, and the dry run of the first") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["playbooks"],
  summary: "One playbook with its document",
  ...needs("playbooks.read"),
  request: { params: byId },
  responses: { 200: answers(playbookView, "The playbook") },
});

const rehearse = createRoute({
  method: "post",
  path: "/{id}/dry-run",
  tags: ["playbooks"],
  summary: "What a playbook would do, without doing it",
  ...needs("playbooks.change"),
  request: { params: byId, body: takes(eventChoice) },
  responses: { 200: answers(dryRun, "The verdict and the plan, with the hash the live run would have") },
});

const reload = createRoute({
  method: "post",
  path: "/reload",
  tags: ["playbooks"],
  summary: "Read the playbook files again; a bad one keeps its version before, and the others are adopted",
  ...needs("playbooks.change"),
  responses: { 200: answers(reloaded, "What became of it") },
});

const run = createRoute({
  method: "post",
  path: "/{id}/run",
  tags: ["playbooks"],
  summary: "Start a playbook oneself, whether or not its trigger holds",
  ...needs("playbooks.change"),
  request: { params: byId, body: takes(runInput) },
  responses: { 201: answers(runView, "The run, as it began") },
});

const rehearseRun = createRoute({
  method: "post",
  path: "/{id}/run/dry-run",
  tags: ["playbooks"],
  summary: "What a run that a person starts would do, without doing it",
  ...needs("playbooks.change"),
  request: { params: byId, body: takes(runInput) },
  responses: { 200: answers(dryRun, "The verdict and the plan, with the hash the live run would have") },
});

const enable = createRoute({
  method: "post",
  path: "/{id}/{command}",
  tags: ["playbooks"],
  summary: "Enable or disable a playbook",
  ...needs("playbooks.change"),
  request: { params: z.object({ id, command: z.enum(["enable", "disable"]) }) },
  responses: { 200: answers(playbookView, "The playbook as it is now") },
});

export function playbooks({ playbooks }: HttpDeps) {
  const existing = async (playbookId: string) => {
    const playbook = await playbooks.get(playbookId);
    if (playbook === undefined) throw hidden("playbook.unknown", playbookId);
    return playbook;
  };
  return routes()
    .openapi(list, async (c) => {
      const shown = pageOf(await playbooks.list(), c.req.valid("query"), (playbook) => playbook.id);
      return c.json({ ...shown, refused: [...(await playbooks.refused())] }, 200);
    })
    .openapi(drafts, async (c) =>
      c.json(
        pageOf(await playbooks.drafts(), c.req.valid("query"), (draft) => draft.id),
        200,
      ),
    )
    .openapi(readDraft, async (c) => {
      const { id: wanted } = c.req.valid("param");
      const draft = (await playbooks.drafts()).find((one) => one.id === wanted);
      if (draft === undefined) throw hidden("playbook.unknown", wanted);
      return c.json(draft, 200);
    })
    .openapi(explain, async (c) => c.json(await playbooks.explain(c.req.valid("json")), 200))
    .openapi(suggest, async (c) => c.json(await playbooks.suggest(c.req.valid("json")), 200))
    .openapi(rehearseSuggested, async (c) => c.json(await playbooks.rehearseSuggested(c.req.valid("json")), 200))
    .openapi(read, async (c) => c.json(await existing(c.req.valid("param").id), 200))
    .openapi(rehearse, async (c) => {
      const { id: playbookId } = await existing(c.req.valid("param").id);
      return c.json(await playbooks.dryRun(playbookId, c.req.valid("json"), c.get("principal")), 200);
    })
    .openapi(reload, async (c) => c.json(await playbooks.reload(), 200))
    .openapi(run, async (c) => {
      const { id: playbookId } = await existing(c.req.valid("param").id);
      return c.json(await playbooks.run(playbookId, c.req.valid("json"), c.get("principal")), 201);
    })
    .openapi(rehearseRun, async (c) => {
      const { id: playbookId } = await existing(c.req.valid("param").id);
      return c.json(await playbooks.rehearseRun(playbookId, c.req.valid("json"), c.get("principal")), 200);
    })
    .openapi(enable, async (c) => {
      const { id: wanted, command } = c.req.valid("param");
      const { id: playbookId } = await existing(wanted);
      return c.json(await playbooks.enable(playbookId, command === "enable", c.get("principal")), 200);
    });
}
