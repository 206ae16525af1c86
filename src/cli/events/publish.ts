import type { Receipt } from "../../events/envelope.ts";
import { ANSWER_MS, connect } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { JSON_SAYS, readJsonInput } from "../input.ts";
import { severities } from "./event-options.ts";

export const publish: Command = {
  name: "publish",
  summary: "Publish an event; it is durable once its sequence is printed",
  operands: [
    { name: "TYPE", says: "its type, for example build.finished; the engine's own types are not for others" },
    { name: "DATA", says: `what it says: ${JSON_SAYS} ({})`, optional: true },
  ],
  options: {
    severity: { type: "string", value: "LEVEL", says: severities.join(", ") },
    subject: { type: "string", value: "SUBJECT", says: "what it is about" },
    "idempotency-key": { type: "string", value: "KEY", says: "publishing twice with one key is one event" },
  },
  examples: [
    `aios events publish build.finished '{"branch": "main"}' --severity warning`,
    "aios events publish deploy.began",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { given } = call;
  const [text = "{}"] = given.operands("DATA");
  const event = {
    type: given.operand("TYPE"),
    data: await readJsonInput(call, "DATA", text),
    severity: given.oneOf("severity", severities),
    subject: given.text("subject"),
  };
  const key = given.text("idempotency-key");
  const { open } = await connect(call);
  const response = await open("/api/v1/events", {
    method: "POST",
    headers: { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const receipt = (await response.json()) as Receipt;
  return tell(call, receipt, () => `Event ${receipt.sequence} is durable.`);
}
