/**
 * What the demo says to the engine: the HTTP doors that any script may use, with the operator's token.
 * A refusal is thrown with what the engine said.
 *
 * @param {string} url @param {string} token
 */
export function createClient(url, token) {
  async function ask(method, path, body) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 600)}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  return {
    registerAgent: (agent) => ask("POST", "/api/v1/agents", agent),
    agent: (id) => ask("GET", `/api/v1/agents/${id}`),
    /** @returns {Promise<{id: string}>} */
    submit: (task) => ask("POST", "/api/v1/tasks", task),
    deadLetters: async () => (await ask("GET", "/api/v1/deadletters")).items,
    replay: (id) => ask("POST", `/api/v1/deadletters/${encodeURIComponent(id)}/replay`),
    note: (type, data) => ask("POST", "/api/v1/events", { type, data }),
    pause: (reason) => ask("POST", "/api/v1/pause", { reason }),
  };
}
/** @typedef {ReturnType<typeof createClient>} Client */
