import { spawn } from "node:child_process";
import { connect, read } from "./client.ts";
import { type Call, type Command, tell } from "./command.ts";
import { sayAge } from "./say.ts";

export const dashboard: Command = {
  name: "dashboard",
  summary: "Print a link that opens the dashboard once, or open it",
  options: { open: { type: "boolean", says: "open it in this desktop's browser" } },
  notes: [
    "The link lets one browser in, once, with the rights of this command's token; after that it is worth nothing.",
  ],
  examples: ["aios dashboard", "aios dashboard --open"],
  run,
};

async function run(call: Call): Promise<number> {
  const { url: engine, api } = await connect(call);
  const { path, expiresAtMs } = await read(api.tickets.$post());
  const url = new URL(path, engine).href;
  if (call.given.flag("open") && !(await openInBrowser(url)))
    call.terminal.err("No browser could be opened here; open the link in one yourself.\n");
  if (!call.json) call.terminal.err(`Works once, and stops working ${sayAge(expiresAtMs, Date.now())}:\n`);
  return tell(call, { url, expiresAtMs }, () => url);
}

/** Whether this desktop's own way of opening links took it. */
function openInBrowser(url: string): Promise<boolean> {
  const [program, ...args] = opener();
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { detached: true, stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
    child.unref();
  });
}

function opener(): readonly [string, ...string[]] {
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return ["xdg-open"];
}
