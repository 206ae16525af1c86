import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/**
 * What the packages that these modules are of ask to be passed on with their code. One that names no licence is refused.
 *
 * @param {readonly string[]} modules
 */
export async function licencesOf(modules) {
  const folders = [...new Set(modules.flatMap(folderOf))].sort();
  const texts = await Promise.all(folders.map(licenceOf));
  return [...new Set(texts)].join(`\n${"-".repeat(80)}\n\n`);
}

/** @param {string} module */
function folderOf(module) {
  const found = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module);
  return found === null ? [] : [found[0]];
}

async function licenceOf(folder) {
  const { name, version, license, author, homepage } = JSON.parse(
    await readFile(path.join(folder, "package.json"), "utf8"),
  );
  if (typeof license !== "string") throw new Error(`${folder} is bundled and names no licence`);
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
  const by = [author?.name ?? author, homepage].filter((part) => typeof part === "string").join(", ");
  return [
    [`${name} ${version}`, license, by].filter(Boolean).join(" · "),
    ...texts.map((text) => text.trim()),
    "",
  ].join("\n\n");
}
