import { expect, it } from "vitest";
import { mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

it("an urgent event is answered before those of a flood that came earlier and still wait", async () => {
  const playbooks = [
    mending(),
    mending({ id: "rescue", trigger: { event_type: "build.down" }, tests: [] }),
    mending({ id: "note", trigger: { event_type: "build.late" }, priority: "P0", tests: [] }),
  ];
  const engine = await VirtualEngine.open({ playbooks });
  const written = engine.delay("playbook.matched");
  for (let n = 0; n < 20; n++) await engine.publish({ type: "build.broken", data: {} });
  const down = await engine.publish({ type: "build.down", severity: "critical", data: {} });
  const late = await engine.publish({ type: "build.late", data: {} });
  expect(engine.runtime.remedies.waiting).toBe(22);
  await written();
  await engine.pass(0);
  const told = engine.events.flatMap(({ type, data }) =>
    type === "playbook.matched" || type === "playbook.suppressed"
      ? [(data as { readonly trigger: { readonly id: string } }).trigger.id]
      : [],
  );
  expect(told).toHaveLength(22);
  expect(told.slice(1, 3)).toEqual([down.id, late.id]);
});
