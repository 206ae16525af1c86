/**
 * Every failure the engine can name: its HTTP status, whether trying the same again can help, and what to do.
 * Statuses, problem details, exit codes and the reference docs are all read from this table.
 */
export const failures = {
  "input.invalid": {
    status: 400,
    retry: "never",
    title: "The request is not what this route accepts",
    advice: "Correct the members listed under `errors` and send it again.",
  },
  "input.too_large": {
    status: 413,
    retry: "never",
    title: "The request is too large",
    advice: "Send less at once: one event may have up to 1 MiB.",
  },
  "auth.missing": {
    status: 401,
    retry: "never",
    title: "A token is needed",
    advice: "Send `Authorization: Bearer TOKEN`; `aios token show` prints the operator's.",
  },
  "auth.refused": {
    status: 403,
    retry: "never",
    title: "This principal may not do that",
    advice: "Use a token of a role that may; see docs/reference/principals.md.",
  },
  "auth.origin": {
    status: 403,
    retry: "never",
    title: "Host or Origin is not allowed",
    advice: "Add the host to `http.allowedHosts`, or open the page through `aios dashboard`.",
  },
  "event.unknown_type": {
    status: 400,
    retry: "never",
    title: "The event type is not known and is not a valid name for a new one",
    advice: "Use two or more segments of letters, digits, `_` or `-` joined by dots, for example `build.finished`.",
  },
  "event.invalid": {
    status: 400,
    retry: "never",
    title: "The event's data does not fit its type",
    advice: "Correct the members listed under `errors`; the catalogue is in docs/reference/events.md.",
  },
  "event.reserved": {
    status: 403,
    retry: "never",
    title: "Only the engine publishes events of this type",
    advice: "Publish under a name of your own.",
  },
  "event.too_large": {
    status: 413,
    retry: "never",
    title: "An event may have up to 1 MiB",
    advice: "Keep large content in a file and name it in the event.",
  },
  "journal.unavailable": {
    status: 503,
    retry: "later",
    title: "The journal cannot be written",
    advice:
      "Free disk space or make the data directory writable; the engine goes on by itself when writing works again.",
  },
  "journal.corrupt": {
    status: 500,
    retry: "never",
    title: "The journal does not fit its seals",
    advice:
      "Run `aios journal verify` to see the first bad line; restore a backup, or run `aios journal repair`, which sets it and what follows aside.",
  },
  "journal.format": {
    status: 500,
    retry: "never",
    title: "The journal was written by a newer version",
    advice: "Start the version that wrote it, or restore an older backup.",
  },
  "journal.gap": {
    status: 500,
    retry: "never",
    title: "A segment of the journal is missing",
    advice:
      "Put the file back from a backup; or run `aios journal repair`, which sets what follows the gap aside and says what is lost.",
  },
  "journal.beginning": {
    status: 500,
    retry: "never",
    title: "The journal's first segments are missing",
    advice:
      "Put them back from a backup (`aios restore`). An engine with a checkpoint that stands for them starts without them; `aios journal repair` cannot make up for them.",
  },
  "journal.key": {
    status: 500,
    retry: "never",
    title: "The journal is sealed with another key",
    advice:
      "Set AIOS_JOURNAL_KEY to the key it was sealed with, or unset it where there was none; a journal keeps its key.",
  },
  "journal.anchors": {
    status: 500,
    retry: "never",
    title: "The journal is not the one that its anchors describe",
    advice:
      "Its end was cut off, or it was changed and sealed anew: restore the newest backup. `aios journal repair` accepts the journal as it is and keeps the old anchors beside it.",
  },
  "journal.behind": {
    status: 500,
    retry: "never",
    title: "The journal ends before the position that was asked for",
    advice:
      "Its end is missing, or a checkpoint came from a newer copy: restore the newest journal, or remove the checkpoint to start from the journal as it is.",
  },
  "journal.diverged": {
    status: 500,
    retry: "never",
    title: "The journal has another history than the position that was asked for",
    advice:
      "The checkpoint belongs to another journal, or one of the two was changed: `aios journal verify` tells; remove the checkpoint to start from the journal alone.",
  },
  "journal.released": {
    status: 500,
    retry: "never",
    title: "Events after the position that was asked for were given up by retention",
    advice: "Start from a newer checkpoint, or put the older segments back from a backup.",
  },
  "checkpoint.missing": {
    status: 500,
    retry: "never",
    title: "The journal does not reach back to its beginning, and no checkpoint fits",
    advice:
      "Put the older segments or a checkpoint back from a backup, or start the version that wrote the newest checkpoint.",
  },
  "checkpoint.unfit": {
    status: 500,
    retry: "never",
    title: "What a checkpoint holds does not fit this version",
    advice:
      "The engine takes an older checkpoint or the whole journal instead. Where neither is there, start the version that wrote it, or restore a backup.",
  },
  "data.locked": {
    status: 409,
    retry: "later",
    title: "Another engine uses this data directory",
    advice: "Stop that engine (`aios stop`), or choose another directory with AIOS_DATA_DIR.",
  },
  "data.unwritable": {
    status: 500,
    retry: "never",
    title: "The data directory cannot be written",
    advice: "Give the engine's user write permission, or choose another directory with AIOS_DATA_DIR.",
  },
  "data.format": {
    status: 500,
    retry: "never",
    title: "A file in the data directory cannot be read by this version",
    advice: "Start the version that wrote it, or restore the file from a backup.",
  },
  "backup.invalid": {
    status: 400,
    retry: "never",
    title: "The backup is not whole",
    advice: "Use another backup; nothing was changed.",
  },
  "backup.format": {
    status: 400,
    retry: "never",
    title: "The backup was made by a newer version",
    advice: "Restore it with the version that made it, or a newer one; nothing was changed.",
  },
  "config.invalid": {
    status: 400,
    retry: "never",
    title: "The configuration has mistakes",
    advice: "Correct the members named; docs/reference/configuration.md lists all of them.",
  },
  "config.unsafe_bind": {
    status: 400,
    retry: "never",
    title: "Listening beyond this machine needs a token and allowed hosts",
    advice: "Set AIOS_TOKEN and `http.allowedHosts`, or bind 127.0.0.1.",
  },
  "http.port_in_use": {
    status: 409,
    retry: "later",
    title: "The port is taken",
    advice: "Stop the program that listens there, or choose another with AIOS_PORT.",
  },
  not_found: {
    status: 404,
    retry: "never",
    title: "There is no such thing",
    advice: "Look at the list it should be in.",
  },
  conflict: {
    status: 409,
    retry: "never",
    title: "That does not fit the present state",
    advice: "Read the present state and decide again.",
  },
  busy: {
    status: 429,
    retry: "later",
    title: "Too much is waiting already",
    advice: "Try again after the time in Retry-After.",
  },
  "engine.stopping": {
    status: 503,
    retry: "later",
    title: "The engine is shutting down",
    advice: "Try again once it has been started.",
  },
  "engine.unreachable": {
    status: 503,
    retry: "later",
    title: "No engine answers",
    advice: "Start one with `aios start`, or set AIOS_HOST and AIOS_PORT.",
  },
  "agent.unknown": {
    status: 404,
    retry: "never",
    title: "There is no such agent",
    advice: "`aios agents` lists those that exist; register it first.",
  },
  "agent.invalid": {
    status: 400,
    retry: "never",
    title: "The agent's configuration is not valid",
    advice: "Correct the members listed under `errors`.",
  },
  "agent.output": {
    status: 502,
    retry: "later",
    title: "The agent's output is not what it promised",
    advice: 'Compare it with docs/reference/agent-protocol.md, or set `output` to "text".',
  },
  "task.unknown": {
    status: 404,
    retry: "never",
    title: "There is no such task",
    advice: "`aios tasks` lists those that exist.",
  },
  "task.cycle": {
    status: 409,
    retry: "never",
    title: "The dependencies form a circle",
    advice: "Remove one of the dependencies named.",
  },
  "process.spawn": {
    status: 422,
    retry: "never",
    title: "The program cannot be started",
    advice: "Check the path, its permissions and the working directory.",
  },
  "process.identity": {
    status: 409,
    retry: "never",
    title: "The process is not the one that was meant",
    advice: "Read its state again; it has probably ended.",
  },
  "platform.unsupported": {
    status: 501,
    retry: "never",
    title: "This platform cannot do that safely",
    advice: "Run the engine on Linux for this.",
  },
  "playbook.invalid": {
    status: 400,
    retry: "never",
    title: "The playbook has mistakes",
    advice: "Correct the members named; docs/reference/playbooks.md shows both forms.",
  },
  "playbook.unknown": {
    status: 404,
    retry: "never",
    title: "There is no such playbook",
    advice: "`aios playbook list` shows those that are loaded.",
  },
  "playbook.held_back": {
    status: 409,
    retry: "later",
    title: "A limit holds the run back",
    advice: "The detail names the limit; `aios runs list` shows what is under way.",
  },
  "action.refused": {
    status: 403,
    retry: "never",
    title: "The action is outside what was granted",
    advice: "Add the grant to the playbook if it should be allowed.",
  },
  "action.failed": {
    status: 502,
    retry: "later",
    title: "The action did not succeed",
    advice: "See the step's detail.",
  },
  "approval.stale": {
    status: 409,
    retry: "never",
    title: "The plan or its target changed since approval was asked",
    advice: "Look at the new plan and decide again.",
  },
  "memory.unavailable": {
    status: 503,
    retry: "later",
    title: "The memory cannot be read or written",
    advice: "Check the backend named in the detail.",
  },
  "memory.conflict": {
    status: 409,
    retry: "never",
    title: "The key is taken by other content",
    advice: "Choose another key, or read the item first.",
  },
  "embedder.unavailable": {
    status: 503,
    retry: "later",
    title: "The embedder cannot be used",
    advice: "The detail says what is missing; until it is there questions are answered by their words.",
  },
  "embedder.invalid": {
    status: 502,
    retry: "never",
    title: "The embedder's vectors are not what it promised",
    advice: "Compare the model and its dimension with the configuration; no vector of that answer was kept.",
  },
  "network.unreachable": {
    status: 502,
    retry: "later",
    title: "The other side cannot be reached",
    advice: "Check the address and that it is running.",
  },
  "network.timeout": {
    status: 504,
    retry: "later",
    title: "The other side did not answer in time",
    advice: "Try again, or allow it more time.",
  },
  internal: {
    status: 500,
    retry: "never",
    title: "Something failed that should not have",
    advice: "Look at the engine's log under the id given.",
  },
} as const satisfies Record<string, Failure>;

export interface Failure {
  readonly status: number;
  readonly retry: "never" | "later";
  readonly title: string;
  readonly advice: string;
}

export type FailureCode = keyof typeof failures;

/** One thing wrong with an input: where (a JSON path such as `actions[0].type`), and what. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

export class AiosError extends Error {
  override readonly name = "AiosError";
  readonly code: FailureCode;
  readonly faults: readonly Fault[];
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: FailureCode,
    detail: string,
    options: { readonly cause?: unknown; readonly faults?: readonly Fault[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The failure as itself when it is one of ours, otherwise wrapped under `code`. */
export function asAiosError(failure: unknown, code: FailureCode = "internal"): AiosError {
  if (failure instanceof AiosError) return failure;
  return new AiosError(code, messageOf(failure), { cause: failure });
}

export function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
