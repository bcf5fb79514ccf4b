import * as Comlink from "comlink";
import workerUrl from "../worker/worker?worker&url";
import { LivegradError } from "./errors";
import type { HostEvent } from "./protocol";
import { type Connection, type RemoteHost, SessionClient } from "./session";
import { startWorker } from "./start-worker";
import type { Session, SessionOptions } from "./types";

export { LivegradError } from "./errors";
export type * from "./types";

/** Starts a session that computes in a worker, with the best build of the core that this browser runs. */
export function createSession(options: SessionOptions = {}): Promise<Session> {
  if (typeof Worker === "undefined")
    return Promise.reject(
      new LivegradError(
        "unsupported",
        "session",
        `There are no web workers here. In Node, import createSession from "livegrad/direct".`,
      ),
    );
  const url = new URL(workerUrl, import.meta.url);
  // Built files lie in dist/assets/, data in dist/data/; the development server has data at its root.
  const data = import.meta.env.DEV ? new URL("/data/", url) : new URL("../data/", url);
  return SessionClient.start(connect(url), options, data);
}

function connect(url: URL): Connection {
  const worker = startWorker(url, "livegrad");
  const connection: Connection = {
    host: Comlink.wrap(worker) as unknown as RemoteHost,
    failed: new Promise((_, reject) => {
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        reject(
          new LivegradError(
            "not_found",
            "worker",
            `The worker could not be started from ${url.href}${event.message ? ` (${event.message})` : ""}. Check that the page's files are complete and its content security policy lets workers run.`,
          ),
        );
      });
    }),
    onEvent: () => {},
    close: () => worker.terminate(),
  };
  connection.failed.catch(() => {}); // it may come after the start
  worker.addEventListener("message", ({ data }: MessageEvent<{ livegrad?: HostEvent }>) => {
    if (data.livegrad) connection.onEvent(data.livegrad);
  });
  return connection;
}
