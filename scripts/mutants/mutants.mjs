/*
 * The runtime broken on purpose, one promise at a time. Each is a piece of text that must stand in its file exactly once,
 * what stands there instead, and the tests that have to notice.
 */

/** @typedef {{ name: string, breaks: string, file: string, find: string, replace: string, tests: string[], only?: string }} Mutant */

/** @type {readonly Mutant[]} */
export const mutants = [
  {
    name: "acknowledge before write",
    breaks: "an append resolves while its bytes are still on their way",
    file: "src/platform/journal/segment-writer.ts",
    find: "      await this.#handle.write(bytes);\n      await this.#handle.sync();\n",
    replace: "      void this.#handle.write(bytes).then(() => this.#handle.sync(), () => undefined);\n",
    tests: ["test/integration/journal/crashes.test.ts", "test/integration/events/journal.test.ts"],
  },
  {
    name: "skipped fsync",
    breaks: "what was acknowledged is lost with the power",
    file: "src/platform/journal/segment-writer.ts",
    find: "      await this.#handle.write(bytes);\n      await this.#handle.sync();\n",
    replace: "      await this.#handle.write(bytes);\n",
    tests: ["test/integration/journal/crashes.test.ts"],
  },
  {
    name: "lost outcome record",
    breaks: "a message that was sent is not journaled as sent, and is sent again",
    file: "src/actors/outbox.ts",
    find: '        await insist(() => ({ type: "notification.sent"',
    replace: '        if (mail.channel === "log") await insist(() => ({ type: "notification.sent"',
    tests: ["test/integration/engine/effects.test.ts"],
  },
  {
    name: "deadline fired again",
    breaks: "a deadline that came stays wanted, and comes again after the next start",
    file: "src/actors/deadlines.ts",
    find: "    this.drop(actor, name);\n    return true;\n",
    replace: "    return true;\n",
    tests: ["test/unit/actors/deadlines.test.ts", "test/unit/actors/host.test.ts", "test/unit/actors/models.test.ts"],
  },
  {
    name: "doubled retry",
    breaks: "the second attempt of a task is begun twice",
    file: "src/actors/dispatcher.ts",
    find: "    const ended = await this.#work(agentId, parameters, running.controller.signal, care);\n",
    replace:
      "    if (attempt > 1) void this.#work(agentId, parameters, running.controller.signal, care);\n    const ended = await this.#work(agentId, parameters, running.controller.signal, care);\n",
    tests: ["test/integration/engine/effects.test.ts"],
  },
  {
    name: "dropped control message",
    breaks: "the wish to cancel a task, and its time limit, never reach what runs",
    file: "src/actors/dispatcher.ts",
    find: "    const running = this.#running.get(order.taskId);\n    if (running === undefined) return;\n",
    replace: "    const running = this.#running.get(order.taskId);\n    if (running !== undefined) return;\n",
    tests: ["test/integration/engine/tasks.test.ts"],
  },
  {
    name: "stale checkpoint",
    breaks: "a snapshot lags behind the position that it stands for",
    file: "src/actors/deadlines.ts",
    find: "    return { wanted: inGroups(this.wanted()) };\n",
    replace: "    return { wanted: inGroups(this.wanted().slice(0, -1)) };\n",
    tests: ["test/unit/actors/checkpointed.test.ts"],
    // Beside it there is one that looks for the smallest example, which takes its time.
    only: "all along a life",
  },
  {
    name: "reordered batch",
    breaks: "events of one group are written in another order than they were accepted in",
    file: "src/platform/journal/file-journal.ts",
    find: "      const group = this.#waiting;\n",
    replace: "      const group = this.#waiting.reverse();\n",
    tests: ["test/integration/events/journal.test.ts"],
  },
];
