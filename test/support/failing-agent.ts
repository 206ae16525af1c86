import type { TestEngine } from "./engine.ts";

/** Has an agent fail so many tasks with a message, one after the other. */
export async function failing(test: TestEngine, agent: string, message: string, tasks: number): Promise<void> {
  await test.engine.agents.register(agent, {
    kind: "function",
    run: () => Promise.reject(new Error(message)),
    policy: { failureThreshold: 100 },
  });
  for (let n = 0; n < tasks; n += 1) await test.run({ agent, retries: 0 });
}
