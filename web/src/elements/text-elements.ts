// Registers every element of pages where a network learns to write. Each finds its session by itself: see base.ts.
export { LivegradAutosave } from "./autosave";
export { LivegradBuild } from "./build-info";
export { LivegradCheckpoint } from "./checkpoint";
export { LivegradControls } from "./controls";
export { LivegradCurve } from "./curves";
import "./lazy";
export type { LivegradEditor } from "./editor";
export { LivegradMeasures } from "./measures";
export type { LivegradReader } from "./reader";
export { LivegradSettings } from "./settings";
export { LivegradText } from "./text-choice";
export { LivegradTextNetwork } from "./text-network";
export { LivegradTextSession } from "./text-session";
export type { LivegradThroughTime } from "./through-time";
export { LivegradWriter } from "./writer";
