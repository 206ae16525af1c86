import { Advice, asked } from "./shell.mjs";

/** What has to be on the machine before a part can be installed, and how to look. */
const tools = {
  java: { words: "Java 17 or newer", here: () => javaVersion() >= 17 },
  mvn: { words: "Maven", here: () => asked("mvn", ["--version"]) !== undefined },
  python3: { words: "Python 3.9 or newer", here: () => pythonMinor() >= 9 },
  venv: {
    words: "Python's venv with pip",
    here: () => asked("python3", ["-m", "ensurepip", "--version"])?.startsWith("pip"),
  },
};

const packages = { java: "openjdk-17-jre-headless", mvn: "maven", python3: "python3", venv: "python3-venv" };

/** Throws advice that names everything that is missing, and what else works without it. */
export function demand(part, names) {
  const missing = names.filter((name) => !tools[name].here());
  if (missing.length === 0) return;
  const debian = missing.map((name) => packages[name]).join(" ");
  throw new Advice(
    `${part} needs ${missing.map((name) => tools[name].words).join(" and ")}, which this machine has not.\n` +
      `  On Debian or Ubuntu: apt-get install ${debian}\n` +
      "  Everything else goes on without: `npm test` needs no server, and the engine keeps its memory in files.",
  );
}

function javaVersion() {
  const major = /version "(?:1\.)?(\d+)/.exec(asked("java", ["-version"]) ?? "")?.[1];
  return Number(major ?? 0);
}

function pythonMinor() {
  const minor = /^Python 3\.(\d+)/.exec(asked("python3", ["--version"]) ?? "")?.[1];
  return Number(minor ?? -1);
}
