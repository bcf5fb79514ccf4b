import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import {
  createSession,
  LivegradError,
  type ErrorCode,
  type Model,
  type Session,
  type Spec,
} from "../../web/src/api/direct";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A network that learns drawn digits within a second. */
export const smallNet: Spec = {
  input: [1, 28, 28],
  layers: [
    { conv: 4, kernel: 5, stride: 2, act: "relu", name: "conv1" },
    { pool: 2, name: "pool1" },
    { dense: 10, name: "output" },
    { loss: "softmax" },
  ],
  training: { optimizer: { type: "momentum", rate: 0.05 }, batch: 20, epochs: 4 },
};

export const readModel = (name: string): Spec =>
  JSON.parse(readFileSync(`${root}web/models/${name}.json`, "utf8")) as Spec;

/** A session, a model and data; everything is closed when the test ends. */
export async function start(
  spec: Spec = smallNet,
  digits = { training: 500, test: 100 },
): Promise<{ session: Session; model: Model } & AsyncDisposable> {
  const session = await createSession();
  const model = await session.compile(spec);
  await model.data(await session.datasets.drawn(digits));
  return {
    session,
    model,
    async [Symbol.asyncDispose]() {
      session.close();
    },
  };
}

/** Losses of the next steps, as float32. */
export async function lossesOf(model: Model, steps: number): Promise<Float32Array> {
  return (await model.stepOnce(steps)).losses;
}

/** Expects a LivegradError of this code, whose whole sentence matches. */
export async function expectError(work: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LivegradError);
  expect((error as LivegradError).code).toBe(code);
  expect((error as LivegradError).text).toMatch(text);
}

export const next = <E extends "tick" | "state">(model: Model, event: E) =>
  new Promise((resolve) => {
    const stop = model.on(event, (detail) => {
      stop();
      resolve(detail);
    });
  });
