import { describe, expect, it } from "vitest";
import { httpNeed, isGranted, judgeGrants, missingGrants } from "../../../../src/domain/playbook/grants.ts";

describe("a grant", () => {
  it.each([
    ["process.signal:own", "process.signal:own", true],
    ["process.signal:any", "process.signal:own", false],
    ["fs.write:/a/**", "fs.write:/a/b/c", true],
    ["fs.write:/a/**", "fs.write:/a", false],
    ["fs.write:/a/**", "fs.write:/ab/c", false],
    ["fs.write:/a/*", "fs.write:/a/b", true],
    ["fs.write:/a/*", "fs.write:/a/b/c", false],
    ["fs.write:/a/*.txt", "fs.write:/a/b.txt", true],
    ["fs.write:/a.b/c", "fs.write:/aXb/c", false],
    ["fs.write:/a/**", "fs.write:/a/../etc/passwd", false],
    ["fs.write:/a/**", "fs.write:/a/b\nc", true],
    ["fs.write:/a/**", "fs.read:/a/b", false],
    ["fs.write:/Srv/*", "fs.write:/srv/b", false],
    ["fs.write:/srv/*", "fs.write:/SRV/b", false],
    ["fs.write:/srv/a", "fs.write:/srv/A", false],
    ["fs.write:/a/b+(c)$/*", "fs.write:/a/b+(c)$/d", true],
    ["fs.write:/a/[bc]/*", "fs.write:/a/b/d", false],
    ["http:POST h/v1/*", "http:POST h/v1/x/y", true],
    ["http:POST h/v1/*", "http:GET h/v1/x", false],
    ["http:* h/*", "http:DELETE h/x", true],
    ["http:POST h/v1", "http:POST h/v1", true],
    ["http:POST h/v1", "http:POST h/v1/x", false],
    ["http:POST h/V1/*", "http:POST h/v1/x", false],
    ["http:POST h:80/*", "http:POST h:81/x", false],
    ["http:POST h/*", "http:POST h.evil/x", false],
    ["agent.configure:*", "agent.configure:coder", true],
    ["agent.configure:Coder*", "agent.configure:coder", false],
    ["agent.configure:coder", "agent.configure:coder2", false],
    ["event.emit:my.*", "event.emit:my.event", true],
  ])("%s covers %s: %s", (grant, need, covered) => {
    expect(isGranted(need, [grant])).toBe(covered);
  });

  it("is needed for everything: without any, nothing is covered", () => {
    expect(missingGrants(["notify:log"], [])).toEqual(["notify:log"]);
  });

  it("covers no scope longer than is read of a text, of which only the beginning would be judged", () => {
    const long = `/v1/${"a".repeat(65_536 - "/v1//read".length)}/read`;
    expect(isGranted(`http:GET h${long}`, ["http:GET h/v1/*/read"])).toBe(false);
    expect(isGranted(`http:GET h${long}/delete`, ["http:GET h/v1/*/read"])).toBe(false);
    expect(isGranted(`fs.write:/${"a".repeat(65_535)}/b`, ["fs.write:/*"])).toBe(false);
  });

  it.each(["shell:rm", "fs.write:relative", "fs.write:/a/../b", "http:POST", "notify"])(
    "%s is refused as written",
    (grant) => {
      expect(judgeGrants([grant], "grants")).toHaveLength(1);
    },
  );
});

describe("the need of a request", () => {
  it("is method, host, port and path, with the address normalised and the query left out", () => {
    expect(httpNeed("post", "http://H:8080/a/../b?c=d#e")).toBe("http:POST h:8080/b");
  });

  it.each(["file:///etc/passwd", "http://user@h/", "no address"])("does not exist for %s", (url) => {
    expect(httpNeed("GET", url)).toBeUndefined();
  });
});
