// A lesson as the query of an address:
// ?net=cnn&data=drawn&seed=7&optimizer=adam&rate=0.01&dropout=0.2&goal=97%25,60s&hide=layers&lock=rate,network
import type { OptimizerType, TrainingSpec } from "../api";
import { isDataName } from "./data-shelf";
import { type Claim, readClaim, writeClaim } from "./claim";
import type { Limits } from "./goal";
import type { Lesson, Link } from "./lesson";
import { isNetworkId } from "./networks";
import { parts } from "./parts";
import { pack, unpack } from "./packing";
import { changeOf, optimizers, optionOf, settings } from "./settings-table";

/** Reads everything but data, seed and exact, which the session's attributes hold. */
export async function readLink(query: URLSearchParams): Promise<Link> {
  const link: Link & { parts: Map<string, "hidden" | "locked"> } = {
    options: {},
    limits: {},
    parts: new Map(),
    trouble: "",
  };
  const wrong = (what: string): void => {
    link.trouble ||= what;
  };

  const net = query.get("net");
  if (net !== null && !isNetworkId(net))
    wrong(`The link asks for the network "${net}", which is none of the ladder.`);
  const data = query.get("data");
  if (data !== null && !isDataName(data))
    wrong(`The link asks for the data "${data}"; there are mnist, fashion-mnist, cifar-10 and drawn.`);
  const seed = query.get("seed");
  if (seed !== null && !/^\d{1,15}$/.test(seed))
    wrong(`The link's seed "${seed}" is no whole number from 0.`);

  const packed = query.get("spec");
  if (packed !== null)
    try {
      link.text = await unpack(packed);
    } catch {
      wrong("The link's network is damaged: parts of the address are missing.");
    }

  const optimizer = query.get("optimizer");
  if (optimizer !== null && !(optimizer in optimizers))
    wrong(`The link asks for the optimiser "${optimizer}", which there is not.`);
  else if (optimizer !== null) link.options.optimizer = { type: optimizer as OptimizerType };
  for (const setting of settings) {
    const text = query.get(setting.key);
    if (text === null) continue;
    const value = Number(text);
    if (text === "" || !(value >= 0)) wrong(`The link's ${setting.key} "${text}" is no number from 0.`);
    else if (setting.key === "dropout") link.dropout = value;
    else merge(link.options, changeOf(setting, value));
  }
  const flip = query.get("flip");
  if (flip !== null) merge(link.options, { augmentation: { flip: flip === "1" } });

  const goal = query.get("goal");
  if (goal !== null) {
    const limits = readGoal(goal);
    if (limits) link.limits = limits;
    else wrong(`The link's goal "${goal}" is not understood; a goal looks like 97%,60s,50000.`);
  }

  const result = query.get("result");
  if (result !== null) {
    link.claim = readClaim(result);
    if (!link.claim) wrong(`The link's result "${result}" is damaged: parts of it are missing.`);
  }

  for (const [key, state] of [
    ["lock", "locked"],
    ["hide", "hidden"],
  ] as const)
    for (const name of (query.get(key) ?? "").split(",").filter(Boolean))
      if (parts.some((part) => part.name === name)) link.parts.set(name, state);
      else wrong(`The link wants to ${key} "${name}", which is no part of the page.`);
  return link;
}

/** "97%,60s,50000": each at most once. */
function readGoal(goal: string): Limits | null {
  const limits: Limits = {};
  for (const part of goal.split(",")) {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(%|s|)$/.exec(part) ?? [];
    const limit = unit === "%" ? "accuracy" : unit === "s" ? "seconds" : "examples";
    const value = Number(number);
    if (number === undefined || limit in limits || !(value > 0) || (limit === "accuracy" && value > 100))
      return null;
    limits[limit] = value;
  }
  return limits;
}

export function writeGoal({ accuracy, seconds, examples }: Limits): string {
  return [
    accuracy === undefined ? "" : `${accuracy}%`,
    seconds === undefined ? "" : `${seconds}s`,
    examples === undefined ? "" : `${examples}`,
  ]
    .filter(Boolean)
    .join(",");
}

/** The query that brings the lesson as it is set up, without what it has learned; what goes without saying is left out. */
export async function writeLink(
  lesson: Lesson,
  {
    exact,
    parts: chosen = lesson.parts,
    claim,
  }: { exact: boolean; parts?: Link["parts"]; claim?: Claim | null },
): Promise<URLSearchParams> {
  const query = new URLSearchParams();
  const put = (name: string, value: string, usual: string): void => {
    if (value !== usual) query.set(name, value);
  };
  const own = lesson.ownOptions;
  const options = lesson.model?.options;
  if (lesson.net === "custom") query.set("spec", await pack(lesson.text));
  else put("net", lesson.net, "convnetjs-mnist");
  // Pictures of one's own stay on this device.
  if (lesson.dataName !== "own") put("data", lesson.dataName, "mnist");
  put("seed", String(lesson.seed), "1");
  if (own && options) {
    put("optimizer", options.optimizer.type, own.optimizer.type);
    for (const setting of settings)
      if (setting.key !== "dropout")
        put(setting.key, short(optionOf(options, setting)), short(optionOf(own, setting)));
    put("flip", options.augmentation.flip ? "1" : "0", own.augmentation.flip ? "1" : "0");
  }
  if (lesson.net !== "custom" && lesson.dropout !== lesson.ownDropout)
    query.set("dropout", short(lesson.dropout));
  put("goal", writeGoal(lesson.goal.limits), "");
  for (const [key, state] of [
    ["hide", "hidden"],
    ["lock", "locked"],
  ] as const)
    put(key, [...chosen].flatMap(([name, is]) => (is === state ? [name] : [])).join(","), "");
  if (exact) query.set("exact", "1");
  if (claim) query.set("result", writeClaim(claim));
  return query;
}

/** In an address, commas and percent signs may stand as they are read best. */
export function textOf(query: URLSearchParams): string {
  const text = query.toString().replaceAll("%2C", ",");
  return text && `?${text}`;
}

/** As few digits as give the same number in single precision, in which the core computes. */
function short(value: number): string {
  const digits = [6, 7, 8].find((n) => Math.fround(Number(value.toPrecision(n))) === Math.fround(value)) ?? 9;
  return String(Number(value.toPrecision(digits)));
}

function merge(into: TrainingSpec, from: TrainingSpec): void {
  for (const [key, value] of Object.entries(from)) {
    const old = into[key as keyof TrainingSpec];
    Object.assign(into, { [key]: typeof value === "object" ? { ...(old as object), ...value } : value });
  }
}
