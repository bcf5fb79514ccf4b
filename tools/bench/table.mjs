// What was measured, as Markdown and as JSON.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const digits = (value) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));

/** How often as fast `ours` is: the median of the ratios of runs that followed one another. */
const ratio = (ours, theirs) => median(theirs.values.map((value, run) => ours.values[run] / value));

export function table(measured, { machine, clock, versions, runs }) {
  const lines = [
    `${machine}. ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(
        ", ",
      )}. Medians of ${runs} runs in turns, one thread, per second of ${clock}; ratios pair by pair.`,
    "",
    "| workload | library | median | range | livegrad's best is |",
    "| --- | --- | --- | --- | --- |",
  ];
  for (const { title, unit, results, failed } of measured) {
    const ours = results
      .filter(({ peer }) => peer === "livegrad")
      .sort((a, b) => median(b.values) - median(a.values))[0];
    for (const result of results) {
      const { peer, variant, values } = result;
      const times = ours && peer !== "livegrad" ? `${digits(ratio(ours, result))} x` : "";
      const range = `${digits(Math.min(...values))} to ${digits(Math.max(...values))}`;
      lines.push(
        `| ${title} | ${peer}, ${variant} | ${digits(median(values))} ${unit} | ${range} | ${times} |`,
      );
    }
    for (const { peer, variant, why } of failed)
      lines.push(`| ${title} | ${peer}, ${variant} | none: ${why.replaceAll(/\s*[|\n]\s*/g, " ")} | | |`);
  }
  return `${lines.join("\n")}\n`;
}

export function toJson(measured) {
  return measured.flatMap(({ name, metric, unit, results }) =>
    results.map(({ peer, variant, values }) => ({
      workload: name,
      metric,
      peer,
      variant,
      threads: 1,
      value: median(values),
      unit,
      runs: values,
    })),
  );
}
