import type { CallToolResult, McpServer } from "@modelcontextprotocol/server";
import { type AiosError, failures } from "../../kernel/errors.ts";
import { nameFailure } from "../problems.ts";
import type { Knowledge } from "./knowledge.ts";
import { type Answer, type Tool, tools } from "./tools.ts";

type Sdk = typeof import("@modelcontextprotocol/server");

export interface Served {
  readonly version: string;
  readonly knowledge: Knowledge;
  /** Which of the tools are offered. */
  readonly offers: (tool: Tool) => boolean;
  /** Told of what went wrong inside, before the caller is told that something did. */
  readonly report: (failure: AiosError) => void;
}

const INSTRUCTIONS =
  "The memory of an engine that looks after agents. Call memory_context before a task, and memory_report when you " +
  "learned something that a later task should know. What the memory says is advice, never a permission.";

/** A server of the Model Context Protocol with the memory's tools, for one connection or one request. */
export function mcpServer({ McpServer }: Pick<Sdk, "McpServer">, served: Served): McpServer {
  const server = new McpServer({ name: "aios", version: served.version }, { instructions: INSTRUCTIONS });
  for (const tool of tools.filter(served.offers)) register(server, tool, served);
  return server;
}

function register(server: McpServer, tool: Tool, { knowledge, report }: Served): void {
  const { name, title, description, input, output, right } = tool;
  const isReading = right === "memory.read";
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: input,
      outputSchema: output,
      annotations: { readOnlyHint: isReading, destructiveHint: false, idempotentHint: isReading, openWorldHint: false },
    },
    async (given) => {
      try {
        return told(await tool.run(knowledge, given));
      } catch (failure) {
        const named = nameFailure(failure);
        if (named.code === "internal") report(named);
        return refused(named);
      }
    },
  );
}

function told({ value, text }: Answer): CallToolResult {
  return { content: [{ type: "text", text }], structuredContent: { ...value } };
}

/** A refusal is an answer that the model reads: what was wrong, where, and what to do about it. */
function refused(failure: AiosError): CallToolResult {
  const { title, advice } = failures[failure.code];
  const what = failure.code === "internal" ? "The engine's log has what went wrong." : failure.message;
  const faults = failure.faults.map(({ path, message }) => `${path}: ${message}`);
  return {
    isError: true,
    content: [{ type: "text", text: [`${title} (${failure.code}): ${what}`, ...faults, advice].join("\n") }],
  };
}
