import { type Clock, pause } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Web, WebRequest, WebResponse } from "../kernel/web.ts";
import { SERVICES, type SimulatedAgent } from "./population.ts";
import { type Course, courseOf } from "./temper.ts";
import type { Weather } from "./weather.ts";

const FAR_MS = 365 * 86_400_000;

/** The network of the simulation: it reaches the services of its agents and nothing else. */
export class SimulatedWeb implements Web {
  readonly #agents: ReadonlyMap<string, SimulatedAgent>;
  readonly #clock: Clock;
  readonly #weather: Weather;

  constructor(agents: ReadonlyMap<string, SimulatedAgent>, clock: Clock, weather: Weather) {
    this.#agents = agents;
    this.#clock = clock;
    this.#weather = weather;
  }

  async request({ method, url, timeoutMs, signal }: WebRequest): Promise<WebResponse> {
    const { hostname } = new URL(url);
    const agent = this.#agents.get(hostname.slice(0, -SERVICES.length - 1));
    if (agent === undefined || !hostname.endsWith(`.${SERVICES}`))
      throw new AiosError("network.unreachable", `the simulation has no host "${hostname}"`);
    if (method !== "POST") return answer(404, {});
    const course = courseOf(agent.temper, agent.chance, this.#weather, this.#clock.now());
    const afterMs = course.kind === "hangs" ? FAR_MS : course.afterMs;
    await pause(this.#clock, Math.min(afterMs, timeoutMs), signal);
    signal?.throwIfAborted();
    if (afterMs >= timeoutMs)
      throw new AiosError("network.timeout", `${hostname} did not answer within ${timeoutMs} ms`);
    return answerOf(course, hostname);
  }
}

function answerOf(course: Course, hostname: string): WebResponse {
  switch (course.kind) {
    case "succeeds":
      return answer(200, { type: "result", output: { done: true } });
    case "fails": {
      const { message, code, status, retryable } = course.error;
      return answer(status, { type: "error", message, code, retryable });
    }
    default:
      throw new AiosError("network.unreachable", `${hostname} closed the connection: socket hang up`);
  }
}

function answer(status: number, body: object): WebResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
