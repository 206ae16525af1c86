/** An outgoing HTTP request. Rejects with `network.unreachable` or `network.timeout`; any status is an answer. */
export interface Web {
  request(request: WebRequest): Promise<WebResponse>;
}

export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The answer is cut after this many bytes; 1 MiB unless told. */
  readonly maxBytes?: number;
}

export interface WebResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
