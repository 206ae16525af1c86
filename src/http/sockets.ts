/** A WebSocket as the listener hands it over. */
export interface Socket {
  /** Resolves once the text left this process, so that awaiting it is the backpressure. Rejects when closed. */
  send(text: string): Promise<void>;
  close(code: number, reason: string): void;
  onMessage(handle: (text: string) => void): void;
  /** Called once, also when it was already closed. */
  onClose(handle: () => void): void;
}

/** A route calls this to say what to do with the socket once the handshake is done. */
export type AcceptSocket = (run: (socket: Socket) => void) => void;
