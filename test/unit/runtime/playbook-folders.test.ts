import { describe, expect, it } from "vitest";
import { playbookFolders } from "../../../src/runtime/playbook-files.ts";

const foldersOf = (...named: readonly string[]) => playbookFolders(named, (folder) => `/here/${folder}`, "/package");

describe("the folders of playbooks", () => {
  it("are those of the package where the usual one holds none", () => {
    expect(foldersOf("playbooks")).toEqual([["/here/playbooks", "/package"]]);
    expect(foldersOf("ops")).toEqual([["/here/ops"]]);
  });

  it("hold those of the package once, where they are named", () => {
    expect(foldersOf("library", "playbooks")).toEqual([["/package"], ["/here/playbooks"]]);
    expect(foldersOf("playbooks", "library")).toEqual([["/here/playbooks"], ["/package"]]);
  });
});
