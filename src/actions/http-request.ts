import { z } from "zod";
import { httpNeed } from "../domain/playbook/grants.ts";
import { json } from "../events/vocabulary.ts";
import { AiosError } from "../kernel/errors.ts";
import { withoutSecrets } from "../kernel/secrecy.ts";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { httpUrl, timeoutMs } from "./params.ts";

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, "letters, digits and `-`");
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, "one line of visible characters");

const params = z.strictObject({
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("POST"),
  url: httpUrl,
  headers: z.record(headerName, headerValue).optional(),
  secretHeaders: z
    .record(headerName, z.strictObject({ secret: z.string().min(1).max(200), prefix: headerValue.default("") }))
    .optional()
    .describe(
      "Headers from secrets of the engine's environment that `reactor.secrets` names: by name, never by value.",
    ),
  body: json.optional().describe("A text is sent as it is, anything else as JSON."),
  timeoutMs,
});
type Request = z.infer<typeof params>;

/** Sends one HTTP request with its idempotency key; any status outside 200 to 299 is a failure. */
export const httpRequest: ActionKind<Request> = {
  name: "http_request",
  summary: "Send one HTTP request; a status outside 200 to 299 is a failure.",
  params,
  risk: "low",
  idempotent: false,
  ownScope: [],
  grants: ({ method, url }) => needs(method, url),
  says: ({ method, url }) => `${method} ${url}`,
  outside: ({ method }) => method !== "GET" && method !== "HEAD",
  async run({ method, url, headers, secretHeaders, body, timeoutMs: timeout }, context) {
    demand(needs(method, url), context);
    const secrets = Object.entries(secretHeaders ?? {}).map(([header, { secret, prefix }]) => {
      const value = context.secret(secret);
      return { header, value, given: `${prefix}${value}` };
    });
    const isText = typeof body === "string";
    const answer = await context.web.request({
      method,
      url,
      headers: {
        ...(body === undefined ? {} : { "content-type": isText ? "text/plain; charset=utf-8" : "application/json" }),
        "idempotency-key": context.key,
        ...headers,
        ...Object.fromEntries(secrets.map(({ header, given }) => [header, given])),
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      timeoutMs: timeout,
      signal: context.signal,
    });
    const detail = `${method} ${url} answered ${answer.status}`;
    if (answer.status < 200 || answer.status > 299) throw new AiosError("action.failed", detail);
    // A server may answer with what it was sent. It goes before the rest is cut, which could leave a part of it.
    const told = withoutSecrets(
      answer.body,
      secrets.map(({ value }) => value),
    );
    return { detail, evidence: { status: answer.status, body: told.slice(0, 2000) } };
  },
};

function needs(method: string, url: string): readonly string[] {
  // An address that makes no need can be granted by nobody.
  return [httpNeed(method, url) ?? `http:${method} ?`];
}
