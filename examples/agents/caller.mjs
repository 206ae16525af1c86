// Asks an upstream service: `{"question": "..."}`. The address comes from its configuration, UPSTREAM_URL.
// An answer of 500 and above is the upstream's failure, and is told with its status.
import { failure, serve } from "./protocol.mjs";

const url = process.env.UPSTREAM_URL;

/** An address that cannot be reached at all fails with the network's own code, for example ECONNREFUSED. */
async function ask(question) {
  try {
    return await fetch(`${url}?q=${encodeURIComponent(question)}`, {
      headers: { "user-agent": "caller" },
      signal: AbortSignal.timeout(5_000),
    });
  } catch (thrown) {
    const { cause } = /** @type {Error & {cause?: Error & {code?: string}}} */ (thrown);
    throw failure(`GET ${url}: ${cause?.message ?? thrown.message}`, cause?.code ?? "UNREACHABLE");
  }
}

await serve(async ({ input }) => {
  if (url === undefined) throw failure("UPSTREAM_URL is not set", "NOT_CONFIGURED", { retryable: false });
  const response = await ask(input.question);
  const text = await response.text();
  if (response.status >= 500) throw failure(`GET ${url} answered ${response.status}`, `HTTP_${response.status}`);
  if (!response.ok) {
    throw failure(`GET ${url} answered ${response.status}`, `HTTP_${response.status}`, { retryable: false });
  }
  return { answer: text };
});
