/** The messages of a stream of server-sent events: what stands between empty lines. */
export async function* messagesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body ?? new ReadableStream<Uint8Array>()) {
    rest += decoder.decode(chunk, { stream: true });
    const messages = rest.split("\n\n");
    rest = messages.pop() ?? "";
    yield* messages;
  }
}

/** The data of a message; `undefined` for one that has none. */
export function dataIn(message: string): string | undefined {
  return /^data: (.*)$/m.exec(message)?.[1];
}
