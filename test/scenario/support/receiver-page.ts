import { createServer } from "node:http";
import path from "node:path";
import { build } from "vite";

const receiver = path.resolve(import.meta.dirname, "../../fixtures/inspector/receiver.ts");

export interface ReceiverPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Stands in for stately.ai: a page of another origin with the inspection package's own receiver in it. */
export async function serveReceiver(): Promise<ReceiverPage> {
  const script = await bundled();
  const server = createServer((request, response) => {
    const isScript = request.url === "/receiver.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/receiver.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bundled(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: "warn",
    build: { write: false, rolldownOptions: { input: receiver } },
  });
  const [output] = [made].flat();
  const chunk = output !== undefined && "output" in output ? output.output[0] : undefined;
  if (chunk === undefined) throw new Error("the receiver was not bundled");
  return chunk.code;
}
