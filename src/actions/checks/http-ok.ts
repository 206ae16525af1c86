import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import { httpUrl } from "../params.ts";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({
  url: httpUrl,
  status: z.number().int().min(100).max(599).optional().describe("The status wanted; any of 200 to 299 when absent."),
  contains: z.string().max(1000).optional().describe("A text that the answer must contain."),
  timeoutMs: z.number().int().min(1).max(60_000).default(5_000),
});

/** A GET is answered as wanted. No answer at all is a clear no. */
export const httpOk: CheckKind<z.infer<typeof params>> = {
  name: "http_ok",
  summary: "A GET is answered with the status, and the text, that is wanted.",
  params,
  async read({ url, status, contains, timeoutMs }, { web, signal }) {
    try {
      const answer = await web.request({ method: "GET", url, timeoutMs, signal });
      const fits = status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status;
      const ok = fits && (contains === undefined || answer.body.includes(contains));
      return { ok, reading: { status: answer.status }, detail: `GET ${url} answered ${answer.status}` };
    } catch (failure) {
      if (!(failure instanceof AiosError) || signal.aborted || !failure.code.startsWith("network.")) throw failure;
      return { ok: false, reading: { failure: failure.code }, detail: `GET ${url}: ${failure.message}` };
    }
  },
};
