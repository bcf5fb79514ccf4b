// Registers every element. Each finds its session by itself: see base.ts.
export { LivegradAnswer } from "./answer";
export { LivegradBuild } from "./build-info";
export { LivegradCheckpoint } from "./checkpoint";
export { LivegradControls } from "./controls";
export { LivegradCurve } from "./curves";
export { LivegradData } from "./data";
export { LivegradEditor } from "./editor";
export { LivegradLadder } from "./ladder";
export { LivegradLayer } from "./layer";
export { LivegradLayers } from "./layers";
export { LivegradMistakes } from "./mistakes";
export { LivegradPad } from "./pad";
export { LivegradPredictions } from "./predictions";
export { LivegradSaliency } from "./saliency";
export { LivegradSession } from "./session";
export { LivegradSettings } from "./settings";
export { LivegradTest } from "./test";
