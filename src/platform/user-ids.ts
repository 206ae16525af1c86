import { readFile } from "node:fs/promises";
import { AiosError } from "../kernel/errors.ts";

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The ids of a local account, by name or number. Accounts that only a directory service knows are given by number,
 * and then get the group of the same number.
 *
 * @throws {AiosError} `process.spawn` when the engine is not root, or knows no such account
 */
export async function userIdsOf(user: string): Promise<UserIds> {
  if (process.getuid?.() !== 0) {
    throw new AiosError(
      "process.spawn",
      `only root may start programs as another user, here as "${user}"; drop \`user\``,
    );
  }
  const isNumber = /^\d{1,10}$/.test(user);
  for (const line of (await readFile("/etc/passwd", "utf8")).split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (uid !== undefined && gid !== undefined && (isNumber ? uid === user : name === user)) {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  if (isNumber) return { uid: Number(user), gid: Number(user) };
  throw new AiosError(
    "process.spawn",
    `there is no user "${user}" in /etc/passwd; correct \`user\` or give a numeric id`,
  );
}
