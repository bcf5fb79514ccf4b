// The worker's entry: a SessionHost that answers by Comlink, and tells events by plain messages on the same port, so that
// they arrive in order with the answers.
import * as Comlink from "comlink";
import { LivegradError } from "../api/errors";
import type { HostEvent } from "../api/protocol";
import { SessionHost } from "./host";

/** Buffers that need not be copied. */
function buffersOf(event: HostEvent): Transferable[] {
  if (event.type !== "model") return [];
  const arrays = [event.tick?.losses, ...event.frames.map(([, frame]) => frame.values)];
  return arrays.filter((array) => array != null).map((array) => array.buffer);
}

const post = self.postMessage.bind(self) as (message: unknown, transfer: Transferable[]) => void;
const host = new SessionHost((event) => post({ livegrad: event }, buffersOf(event)));

/** Errors as plain data, since messages would strip them to their text. */
async function answer(work: () => unknown): Promise<unknown> {
  try {
    const result = await work();
    return result instanceof Uint8Array ? Comlink.transfer(result, [result.buffer]) : result;
  } catch (error) {
    const { code, where, message } =
      error instanceof LivegradError
        ? error
        : new LivegradError("internal", "worker", error instanceof Error ? error.message : String(error));
    throw { code, where, message };
  }
}

Comlink.expose(
  new Proxy(host, {
    get(target, name) {
      const method = target[name as keyof SessionHost] as (...args: never[]) => unknown;
      return (...args: never[]) => answer(() => method.apply(target, args));
    },
  }),
);
