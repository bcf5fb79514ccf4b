// Which units of a layer tell something about a text that has a name.
import type { TextReading } from "../api";

/** A unit and what it goes with. */
export interface TellingUnit {
  readonly unit: number;
  /** "the place in the line" */
  readonly about: string;
  /** Pearson's correlation with it over the text, -1 to 1. */
  readonly correlation: number;
}

/** What a reader can see at each character, as a number. */
const features: readonly { readonly about: string; readonly of: (text: readonly string[]) => number[] }[] = [
  {
    about: "the place in the line",
    of: (text) => running(text, (at, character) => (character === "\n" ? 0 : at + 1)),
  },
  {
    about: "the place in the word",
    of: (text) => running(text, (at, character) => (/[\p{L}\p{N}']/u.test(character) ? at + 1 : 0)),
  },
  { about: "the end of a line", of: (text) => text.map((character) => Number(character === "\n")) },
  { about: "spaces", of: (text) => text.map((character) => Number(character === " ")) },
  { about: "vowels", of: (text) => text.map((character) => Number(/[aeiou]/i.test(character))) },
  { about: "capitals", of: (text) => text.map((character) => Number(/\p{Lu}/u.test(character))) },
  { about: "digits", of: (text) => text.map((character) => Number(/\p{N}/u.test(character))) },
  { about: "punctuation", of: (text) => text.map((character) => Number(/[\p{P}\p{S}]/u.test(character))) },
  { about: "the depth of brackets", of: (text) => depth(text) },
  {
    about: "what comes after the middle of a line",
    of: (text) =>
      running(text, (at, character) => (character === "\n" ? 0 : /[=|]/.test(character) ? 1 : at)),
  },
];

/** The units that go best with something a reader can see, best first; each once. */
export function tellingUnits({ characters, values }: TextReading, count: number): TellingUnit[] {
  const steps = characters.length;
  const units = values.length / steps;
  const seen = features
    .map(({ about, of }) => ({ about, numbers: standard(of(characters)) }))
    .filter(({ numbers }) => numbers !== null);
  const found: TellingUnit[] = [];
  for (let unit = 0; unit < units; unit++) {
    const activity = standard(Array.from({ length: steps }, (_, t) => values[t * units + unit]!));
    if (!activity) continue;
    let best: TellingUnit | null = null;
    for (const { about, numbers } of seen) {
      const correlation = activity.reduce((sum, x, t) => sum + x * numbers![t]!, 0) / steps;
      if (!best || Math.abs(correlation) > Math.abs(best.correlation)) best = { unit, about, correlation };
    }
    if (best) found.push(best);
  }
  return found.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)).slice(0, count);
}

function running(text: readonly string[], next: (before: number, character: string) => number): number[] {
  let value = 0;
  return text.map((character) => (value = next(value, character)));
}

function depth(text: readonly string[]): number[] {
  return running(text, (at, character) =>
    character === "\n" ? 0 : at + Number("([{".includes(character)) - Number(")]}".includes(character)),
  );
}

/** Shifted and scaled to mean 0 and deviation 1; null when all are the same. */
function standard(numbers: readonly number[]): number[] | null {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const deviation = Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length);
  return deviation > 1e-6 ? numbers.map((x) => (x - mean) / deviation) : null;
}
