import type { Principal, Reach } from "./principals.ts";
import type { AcceptSocket } from "./sockets.ts";

/** What a request carries through the doors. */
export interface HttpEnv {
  Bindings: {
    /** Given by the listener when the request wants to become a WebSocket. */
    readonly accept?: AcceptSocket;
  };
  Variables: {
    /** Names the request in the log and in problem bodies. */
    requestId: string;
    /** Who asks: set wherever a right is needed. */
    principal: Principal;
    /** How far the right that this route needs reaches for that principal. */
    reach: Reach;
  };
}
