import { SessionHost } from "../worker/host";
import type { HostEvent } from "./protocol";
import { type Connection, type RemoteHost, SessionClient } from "./session";
import type { Session, SessionOptions } from "./types";

export { LivegradError } from "./errors";
export type * from "./types";

/** Starts a session that computes on this thread, in slices: for Node, tests, and pages that have a worker of their own. */
export function createSession(options: SessionOptions = {}): Promise<Session> {
  const host = new SessionHost((event: HostEvent) => connection.onEvent(event));
  const connection: Connection = {
    host: host as unknown as RemoteHost,
    failed: new Promise(() => {}),
    onEvent: () => {},
    close: () => host.close(),
  };
  // Built, this module lies in dist/, the data in dist/data/; the development server has data at its root.
  const module: string = import.meta.url;
  return SessionClient.start(connection, options, new URL(import.meta.env?.DEV ? "/data/" : "data/", module));
}
