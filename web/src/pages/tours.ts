import { LivegradTour, type TourStep } from "../elements/tour";

export const digitsTour: readonly TourStep[] = [
  {
    at: "livegrad-pad",
    title: "Draw a digit",
    text: "Draw here with mouse, finger or keys. A trained network reads along; the bars say how sure it is. Beside it, what in the drawing mattered.",
  },
  {
    at: "livegrad-controls",
    title: "Let one learn",
    text: "Run teaches a network that knows nothing yet, in this tab. Pause it, go step by step, or start over from the same seed.",
  },
  {
    at: "livegrad-ladder",
    title: "Choose a network",
    text: "From one layer to a bag of tricks: each rung adds an idea. Below it, the data to learn from, your own pictures among them.",
  },
  {
    at: "livegrad-curve",
    title: "Watch it improve",
    text: "The loss says how wrong it is: it falls, and accuracy rises. Blue is measured on images that it never learns from.",
  },
  {
    at: "livegrad-layers",
    title: "Look inside",
    text: "What every layer makes of one image: activations, gradients and weights, redrawn while it learns. Choose another image, or your drawing.",
  },
  {
    at: "livegrad-mistakes",
    title: "See what it gets wrong",
    text: "The confusion matrix counts what is taken for what. Open a cell to see the images, and which mistakes were the worst.",
  },
];

export const textTour: readonly TourStep[] = [
  {
    at: "livegrad-text",
    title: "Choose a text",
    text: "Shakespeare, a language that the program writes by rules, or a text of your own.",
  },
  {
    at: "livegrad-text-network",
    title: "Choose a network",
    text: "A vanilla RNN, a GRU or an LSTM, small or large: what each remembers differs.",
  },
  {
    at: "livegrad-controls",
    title: "Let it learn",
    text: "Run teaches it to foresee the next character, in this tab. Pause it, go step by step, or start over from the same seed.",
  },
  {
    at: "livegrad-writer",
    title: "Watch it write",
    text: "Samples as it learns: first noise, then words, then lines. A lower temperature writes more carefully.",
  },
  {
    at: "livegrad-curve",
    title: "Watch it improve",
    text: "The loss says how surprised it is by the next character: it falls while it learns.",
  },
  {
    at: "details:has(livegrad-reader)",
    title: "Look inside",
    text: "Open it: the newest sample coloured by one unit of the network, its gates, and the next characters that it considers.",
  },
];

/** Walks over the page. */
export function startTour(steps: readonly TourStep[]): void {
  const tour = new LivegradTour();
  tour.steps = steps;
  document.body.append(tour);
}
