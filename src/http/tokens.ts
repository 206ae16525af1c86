import { z } from "@hono/zod-openapi";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Files } from "../kernel/files.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Principal, Role } from "./principals.ts";

const FORMAT = 1;
/** The one made at the first start, found again by the command line in `operator.token`. */
const FIRST = "first";
/** The one that `AIOS_TOKEN` gives. */
const ENVIRONMENT = "environment";

const storedToken = z.object({
  id: z.string(),
  role: z.enum(["operator", "viewer", "agent"]),
  agentId: z.string().exactOptional(),
  label: z.string().exactOptional(),
  createdAtMs: z.number(),
  /** SHA-256 of the token: it is random and long, so it needs no salt. */
  hash: z.string(),
});
type StoredToken = Readonly<z.infer<typeof storedToken>>;
const tokenFile = z.object({ format: z.number().int(), tokens: z.array(storedToken) });

export type TokenRecord = Omit<StoredToken, "hash">;

export interface NewToken {
  readonly role: Role;
  readonly agentId?: string;
  readonly label?: string;
}

export interface TokenDeps {
  readonly files: Files;
  readonly hash: Hash;
  readonly entropy: Entropy;
  readonly clock: Clock;
  /** The data directory, absolute. */
  readonly directory: string;
  /** An operator's token given from outside (`AIOS_TOKEN`); it is never written. */
  readonly given?: string;
}

/**
 * The engine's tokens. On disk there are only their hashes (`tokens.json`), apart from the first operator's own token
 * in `operator.token`; both are readable by the engine's user alone.
 */
export class Tokens {
  readonly #deps: TokenDeps;
  #stored: readonly StoredToken[];
  #writing: Promise<void> = Promise.resolve();

  private constructor(deps: TokenDeps, stored: readonly StoredToken[]) {
    this.#deps = deps;
    this.#stored = stored;
  }

  /** Reads what is there, and writes `operator.token` where there is none. Throws `data.format` for a newer file. */
  static async open(deps: TokenDeps): Promise<Tokens> {
    const tokens = new Tokens(deps, await read(deps));
    await tokens.#ensureFirst();
    return tokens;
  }

  /** Whose token that is. Takes as long for a wrong one as for a right one. */
  verify(token: string): Principal | undefined {
    const digest = this.#deps.hash.sha256(token);
    let found: Principal | undefined;
    for (const stored of this.#stored) if (sameText(stored.hash, digest)) found = principalOf(stored);
    const { given } = this.#deps;
    if (given !== undefined && sameText(this.#deps.hash.sha256(given), digest))
      found = { role: "operator", id: ENVIRONMENT };
    return found;
  }

  /** False once the token with this id was revoked. */
  isLive(id: string): boolean {
    return id === ENVIRONMENT ? this.#deps.given !== undefined : this.#stored.some((stored) => stored.id === id);
  }

  /** True when somebody made a token on purpose, which listening beyond this machine asks for. */
  get deliberate(): boolean {
    return this.#deps.given !== undefined || this.#stored.some(({ id }) => id !== FIRST);
  }

  /** The token itself is told this once and never again. */
  async create(wanted: NewToken): Promise<TokenRecord & { readonly token: string }> {
    const token = `aios_${this.#deps.entropy.secret(32)}`;
    const stored: StoredToken = {
      id: this.#deps.entropy.id(),
      ...wanted,
      createdAtMs: this.#deps.clock.now(),
      hash: this.#deps.hash.sha256(token),
    };
    await this.#replace((all) => [...all, stored]);
    return { ...withoutHash(stored), token };
  }

  list(): readonly TokenRecord[] {
    return this.#stored.map(withoutHash);
  }

  /** False when there is no such token. The one that `AIOS_TOKEN` gives cannot be revoked, only taken away. */
  async revoke(id: string): Promise<boolean> {
    if (!this.#stored.some((stored) => stored.id === id)) return false;
    await this.#replace((all) => all.filter((stored) => stored.id !== id));
    if (id === FIRST) await this.#deps.files.remove(`${this.#deps.directory}/operator.token`);
    return true;
  }

  async #ensureFirst(): Promise<void> {
    const path = `${this.#deps.directory}/operator.token`;
    const written = (await this.#deps.files.readText(path))?.trim();
    const first = this.#stored.find(({ id }) => id === FIRST);
    if (written !== undefined && first !== undefined && sameText(first.hash, this.#deps.hash.sha256(written))) return;
    const token = written === undefined || written === "" ? `aios_${this.#deps.entropy.secret(32)}` : written;
    if (token !== written) await this.#deps.files.write(path, `${token}\n`, { mode: 0o600 });
    const stored: StoredToken = {
      id: FIRST,
      role: "operator",
      label: "operator.token",
      createdAtMs: this.#deps.clock.now(),
      hash: this.#deps.hash.sha256(token),
    };
    await this.#replace((all) => [stored, ...all.filter(({ id }) => id !== FIRST)]);
  }

  /** One change after the other: what is on disk is always what is in memory, or what was before. */
  #replace(change: (all: readonly StoredToken[]) => readonly StoredToken[]): Promise<void> {
    const next = this.#writing
      .catch(() => undefined)
      .then(async () => {
        const tokens = change(this.#stored);
        await this.#deps.files.write(fileOf(this.#deps), `${JSON.stringify({ format: FORMAT, tokens }, null, 2)}\n`, {
          mode: 0o600,
        });
        this.#stored = tokens;
      });
    this.#writing = next;
    return next;
  }
}

const fileOf = (deps: TokenDeps) => `${deps.directory}/tokens.json`;

async function read(deps: TokenDeps): Promise<readonly StoredToken[]> {
  const text = await deps.files.readText(fileOf(deps));
  if (text === undefined) return [];
  const content = parse(text, fileOf(deps));
  if (content.format > FORMAT)
    throw new AiosError("data.format", `${fileOf(deps)} has format ${content.format}; this version reads ${FORMAT}`);
  return content.tokens;
}

function parse(text: string, path: string): { readonly format: number; readonly tokens: readonly StoredToken[] } {
  try {
    return tokenFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new AiosError("data.format", `${path} is not a token file`, { cause });
  }
}

function withoutHash(stored: StoredToken): TokenRecord {
  const { hash: _, ...record } = stored;
  return record;
}

function principalOf({ id, role, agentId }: StoredToken): Principal | undefined {
  if (role !== "agent") return { role, id };
  return agentId === undefined ? undefined : { role, id, agentId };
}

/** Equality whose duration does not tell where two texts of one length begin to differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(1, b.length));
  return difference === 0;
}
