/** What a lesson's link may hide or lock, by the name in the link. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly kind: "panel" | "control";
  /** Whether there is something to lock. */
  readonly lock: boolean;
}

const part = (kind: Part["kind"], name: string, title: string, lock = true): Part => ({
  name,
  title,
  kind,
  lock,
});

export const parts: readonly Part[] = [
  part("panel", "try", "Drawing pad", false),
  part("panel", "controls", "Run, pause and figures", false),
  part("panel", "network", "Choice of network"),
  part("panel", "data", "Choice of data"),
  part("panel", "layers", "Inside the network", false),
  part("panel", "curves", "Curves", false),
  part("panel", "settings", "Settings"),
  part("panel", "predictions", "Predictions", false),
  part("panel", "test", "Full test", false),
  part("panel", "keep", "Files", false),
  part("panel", "mistakes", "Mistakes", false),
  part("panel", "health", "Health of the layers", false),
  part("panel", "patches", "What excites its channels", false),
  part("panel", "adversary", "Fooling it", false),
  part("panel", "gradients", "Gradient check", false),
  part("panel", "editor", "Network editor"),
  part("panel", "code", "Code", false),
  part("panel", "share", "Sharing", false),
  part("panel", "result", "Result to hand in", false),
  part("control", "run", "Run"),
  part("control", "step", "Step"),
  part("control", "over", "Start over"),
  part("control", "optimizer", "Optimiser"),
  part("control", "rate", "Learning rate"),
  part("control", "momentum", "Momentum"),
  part("control", "batch", "Batch size"),
  part("control", "l2", "L2 decay"),
  part("control", "dropout", "Dropout"),
  part("control", "seed", "Seed"),
  part("control", "augmentation", "Augmentation"),
  part("control", "stop", "Stop at"),
];
