import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Principal } from "./principals.ts";

const TICKET_MS = 3_600_000;
const SESSION_MS = 12 * 3_600_000;
const CAPACITY = 1000;

interface Pass {
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

export interface SessionDeps {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly hash: Hash;
  /** False once the token a session came from was revoked. */
  readonly isLive: (principal: Principal) => boolean;
}

/**
 * How a browser gets in: a ticket that works once within an hour, and for it a session of twelve hours without use.
 * Both live in memory, by their hash: a restart of the engine ends them.
 */
export class Sessions {
  readonly #deps: SessionDeps;
  readonly #tickets = new Map<string, Pass>();
  readonly #sessions = new Map<string, Pass>();

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  ticketFor(principal: Principal): { readonly ticket: string; readonly expiresAtMs: number } {
    const ticket = this.#deps.entropy.secret(24);
    return { ticket, expiresAtMs: this.#keep(this.#tickets, ticket, principal, TICKET_MS) };
  }

  /** A session for the ticket, which is spent by asking; `undefined` when it was used before or is too old. */
  redeem(ticket: string): string | undefined {
    const name = this.#deps.hash.sha256(ticket);
    const pass = this.#valid(this.#tickets.get(name));
    this.#tickets.delete(name);
    if (pass === undefined) return undefined;
    const session = this.#deps.entropy.secret(32);
    this.#keep(this.#sessions, session, pass.principal, SESSION_MS);
    return session;
  }

  /** Whose session that is. Using it keeps it alive. */
  verify(session: string): Principal | undefined {
    const name = this.#deps.hash.sha256(session);
    const pass = this.#valid(this.#sessions.get(name));
    this.#sessions.delete(name);
    if (pass === undefined) return undefined;
    this.#sessions.set(name, { ...pass, expiresAtMs: this.#deps.clock.now() + SESSION_MS });
    return pass.principal;
  }

  #valid(pass: Pass | undefined): Pass | undefined {
    if (pass === undefined || pass.expiresAtMs <= this.#deps.clock.now()) return undefined;
    return this.#deps.isLive(pass.principal) ? pass : undefined;
  }

  #keep(passes: Map<string, Pass>, secret: string, principal: Principal, forMs: number): number {
    const expiresAtMs = this.#deps.clock.now() + forMs;
    // Insertion order is age: the one unused for longest gives way.
    const oldest = passes.keys().next();
    if (passes.size >= CAPACITY && oldest.done !== true) passes.delete(oldest.value);
    passes.set(this.#deps.hash.sha256(secret), { principal, expiresAtMs });
    return expiresAtMs;
  }
}
