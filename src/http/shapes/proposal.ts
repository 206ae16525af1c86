import { z } from "@hono/zod-openapi";
import { dryRun, eventChoice } from "./remedy.ts";

/** What a playbook is looked for: a failure that was recognised, a message, or an event. */
export const proposalChoice = z
  .union([
    z.strictObject({ failure: z.string().min(1).max(200).openapi({ description: "Its fingerprint." }) }),
    z.strictObject({
      text: z.string().min(1).max(100_000).openapi({ description: "A message as a program prints it." }),
    }),
    ...eventChoice.options,
  ])
  .openapi("ProposalChoice");
export type ProposalChoice = z.infer<typeof proposalChoice>;

const proposal = z
  .object({
    playbook: z.string(),
    title: z.string(),
    enabled: z.boolean(),
    score: z.number().openapi({ description: "From 0 to 1; none below `leastScore` is proposed." }),
    by: z
      .enum(["fingerprint", "text"])
      .openapi({ description: "Because of which failure it mends, or of what it says." }),
    reason: z.string(),
    words: z.array(z.string()).openapi({ description: "What both say." }),
  })
  .openapi("Proposal");
export type Proposal = z.infer<typeof proposal>;

export const proposals = z
  .object({
    fingerprint: z.string().optional(),
    answeredBy: z.array(z.string()).openapi({
      description: "Playbooks that it calls by itself: where there are any, nothing is proposed.",
    }),
    leastScore: z.number(),
    items: z.array(proposal).openapi({ description: "Playbooks that a person may want to look at, most alike first." }),
  })
  .openapi("Proposals");
export type Proposals = z.infer<typeof proposals>;

export const rehearsedProposals = proposals
  .extend({
    rehearsal: dryRun.optional().openapi({
      description: "What the first of them would do if a person started it; absent where nothing is proposed.",
    }),
  })
  .openapi("RehearsedProposals");
export type RehearsedProposals = z.infer<typeof rehearsedProposals>;
