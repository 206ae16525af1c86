import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GroupBounds } from "../../../../src/domain/fingerprint/group-bounds.ts";
import { FailureGroups } from "../../../../src/domain/fingerprint/groups.ts";
import { groupsSnapshot } from "../../../../src/domain/fingerprint/groups-snapshot.ts";

const idOf = (atom: string) => `id of ${atom}`;
const bounds: GroupBounds = { atoms: 40, slots: 200, known: 40, aliases: 40 };

/** Atoms that often differ in one place or two. */
const atom = fc
  .tuple(
    fc.constantFrom("user", "host", "queue", "*"),
    fc.constantFrom("alice", "bob", "mallory", "web_search", "*", "SYSTEM"),
    fc.constantFrom("cannot be reached at", "is full of", "failed to"),
    fc.constantFrom("*", "open", "close", "db_one", "carol", "ENOENT"),
  )
  .map((words) => words.join(" "));
const atoms = fc.array(atom, { maxLength: 60 });

function fed(list: readonly string[], groups = new FailureGroups(idOf)) {
  const arrival = list.map((each) => groups.see(each).id);
  return { groups, arrival, ids: arrival.map((id) => groups.resolve(id)) };
}

describe("groups of atoms", () => {
  it("join what differs in a place where names stand, under the id of the oldest", () => {
    const groups = new FailureGroups(idOf);
    expect(groups.see("user alice could not log in").id).toBe(idOf("user alice could not log in"));
    expect(groups.see("user mallory could not log in")).toEqual({
      id: idOf("user alice could not log in"),
      aliases: [],
      forgotten: 0,
    });
    expect(groups.see("user bob could not log in").id).toBe(idOf("user alice could not log in"));
    expect(groups.view(idOf("user bob could not log in"))).toBeUndefined();
    expect(groups.view(idOf("user alice could not log in"))?.template.join(" ")).toBe("user * could not log in");
  });

  it("tell an alias when an id that was told turns out to be an older one", () => {
    const groups = new FailureGroups(idOf);
    const first = groups.see("module lodash has no exported member");
    const second = groups.see("module zustand has no exported member");
    expect(second).toEqual({ id: idOf("module zustand has no exported member"), aliases: [], forgotten: 0 });
    const third = groups.see("module ky has no exported member");
    expect(third).toEqual({ id: first.id, aliases: [{ from: second.id, to: first.id }], forgotten: 0 });
    expect(groups.resolve(second.id)).toBe(first.id);
  });

  it("join an atom that has a value where others have a name, whichever comes first", () => {
    const apart = ["cannot resolve host * at all", "cannot resolve host kafka at all"];
    expect(new Set(fed(apart).ids).size).toBe(1);
    expect(new Set(fed(apart.toReversed()).ids).size).toBe(1);
  });

  it("join what differs in two places at once", () => {
    const atoms = [
      "role deployer may not read secret db-password",
      "role viewer may not read secret api_key",
      "role ci may not read secret tls",
    ];
    expect(new Set(fed(atoms).ids).size).toBe(1);
  });

  it("do not take what stood at one place for evidence about another place of the same template", () => {
    const { ids } = fed(["agent * asks about db_lock", "agent web_search asks about *"]);
    expect(new Set(ids).size).toBe(2);
  });

  it("open no word that stands between two values", () => {
    const { ids } = fed(["alice", "mallory", "bob", "carol"].map((name) => `moved * ${name} * at the end`));
    expect(new Set(ids).size).toBe(4);
  });

  it("keep atoms of one word, and of more than forty, apart", () => {
    const long = (last: string) => `${"user of the ".repeat(14)}${last}`;
    expect(new Set(fed(["one", "two_three", "four_five", long("a_b"), long("c_d"), long("e_f")]).ids).size).toBe(6);
  });

  it("never split: what was one failure stays one", () => {
    fc.assert(
      fc.property(atoms, atoms, (before, after) => {
        const { groups, ids } = fed(before);
        fed(after, groups);
        const later = ids.map((id) => groups.resolve(id));
        expect(ids.map((id) => later[ids.indexOf(id)])).toEqual(later);
      }),
    );
  });

  it("give at arrival an id that resolves to the last one, and aliases that lead there", () => {
    fc.assert(
      fc.property(atoms, (list) => {
        const groups = new FailureGroups(idOf);
        const alias = new Map<string, string>();
        const arrival = list.map((each) => {
          const { id, aliases } = groups.see(each);
          for (const { from, to } of aliases) alias.set(from, to);
          return id;
        });
        const follow = (id: string): string => {
          const next = alias.get(id);
          return next === undefined ? id : follow(next);
        };
        expect(arrival.map(follow)).toEqual(arrival.map((id) => groups.resolve(id)));
      }),
    );
  });

  it("have the id of the oldest atom in them", () => {
    fc.assert(
      fc.property(atoms, (list) => {
        const { groups, ids } = fed(list);
        expect(ids).toEqual(ids.map((id) => idOf(list[ids.indexOf(id)] ?? "")));
        for (const id of ids) expect(idOf(groups.view(id)?.oldest ?? "")).toBe(id);
      }),
    );
  });

  it("go on after being written down and read back as if nothing had happened", () => {
    fc.assert(
      fc.property(atoms, atoms, fc.constantFrom(bounds, undefined), (before, after, some) => {
        const { groups } = fed(before, new FailureGroups(idOf, some));
        const written = groupsSnapshot.parse(JSON.parse(JSON.stringify(groups.snapshot())));
        const restored = FailureGroups.restore(idOf, written, some);
        for (const each of after) expect(restored.see(each)).toEqual(groups.see(each));
        expect(restored.snapshot()).toEqual(groups.snapshot());
      }),
    );
  });

  it("forget the oldest when there are too many, and give them the same id again", () => {
    const groups = new FailureGroups(idOf, bounds);
    const list = Array.from({ length: 500 }, (_, n) => `it cannot do_${n} with the rest`);
    const arrival = list.map((each) => groups.see(each).id);
    const { atoms, closed, open, groups: known } = groups.snapshot();
    expect(atoms.length).toBeLessThanOrEqual(bounds.atoms);
    expect(known.length).toBeLessThanOrEqual(bounds.atoms);
    expect(closed.length + open.length).toBeLessThanOrEqual(bounds.slots);
    expect(groups.view(arrival[0] ?? "")).toBeUndefined();
    expect(groups.see(list[0] ?? "").id).toBe(arrival[0]);
  });

  it("follow an alias though the atoms that made it are long forgotten", () => {
    const groups = new FailureGroups(idOf, bounds);
    const first = groups.see("module lodash has no exported member").id;
    const second = groups.see("module zustand has no exported member").id;
    groups.see("module ky has no exported member");
    for (let n = 0; n < 500; n++) groups.see(`TypeError: number${n}`);
    expect(groups.resolve(second)).toBe(first);
    expect(groups.see("module zustand has no exported member").id).toBe(first);
  });
});
