import { z } from "zod";
import { httpNeed } from "../domain/playbook/grants.ts";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { httpUrl } from "./params.ts";

const params = z.strictObject({
  channel: z.enum(["log", "webhook"]).default("log"),
  text: z.string().min(1).max(4000),
  url: httpUrl.optional().describe("Of the webhook; the configured one when absent."),
});
type Notice = z.infer<typeof params>;

/** Tells people; the outbox delivers and retries. */
export const notify: ActionKind<Notice> = {
  name: "notify",
  summary: "Tell people, through the log or a webhook. Delivery is retried by itself.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["notify:log"],
  grants: needs,
  says: ({ channel, text }) => `notify through the ${channel}: ${text.slice(0, 120)}`,
  async run(notice, context) {
    demand(needs(notice), context);
    const { channel, text, url } = notice;
    await context.engine.notify({ channel, text, ...(url === undefined ? {} : { url }) }, { key: context.key });
    return { detail: `handed to the ${channel}` };
  },
};

function needs({ channel, url }: Notice): readonly string[] {
  if (url === undefined) return [`notify:${channel}`];
  return [`notify:${channel}`, httpNeed("POST", url) ?? "http:POST ?"];
}
