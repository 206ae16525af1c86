import { type Json, toJson } from "../kernel/json.ts";
import type { Log, LogFields } from "../kernel/log.ts";
import { jsonWithoutSecrets, withoutSecrets } from "../kernel/secrecy.ts";

/**
 * The secrets that actions were handed. Whatever an action says afterwards, of whichever run, is told without them: what a
 * server answers or a program prints may hold what it was given.
 */
export class HandedSecrets {
  readonly #secret: (name: string) => string;
  readonly #values = new Set<string>();

  /** @param secret gives a secret by its name, or throws */
  constructor(secret: (name: string) => string) {
    this.#secret = secret;
  }

  hand(name: string): string {
    const value = this.#secret(name);
    this.#values.add(value);
    return value;
  }

  text(said: string): string {
    return withoutSecrets(said, this.#values);
  }

  json(said: Json): Json {
    return jsonWithoutSecrets(said, this.#values);
  }

  /** Whether a value holds one: such a value cannot be kept, and without it it would be another. */
  isIn(value: Json): boolean {
    return JSON.stringify(this.json(value)) !== JSON.stringify(value);
  }

  /** The log, which says nothing of them. */
  log(log: Log): Log {
    const fieldsOf = (fields: LogFields | undefined): LogFields | undefined => {
      if (fields === undefined) return undefined;
      return this.#values.size === 0 ? fields : { said: this.json(toJson(fields) ?? null) };
    };
    return {
      debug: (message, fields) => log.debug(this.text(message), fieldsOf(fields)),
      info: (message, fields) => log.info(this.text(message), fieldsOf(fields)),
      warn: (message, fields) => log.warn(this.text(message), fieldsOf(fields)),
      error: (message, fields) => log.error(this.text(message), fieldsOf(fields)),
      with: (fields) => this.log(log.with(fieldsOf(fields) ?? {})),
    };
  }
}
