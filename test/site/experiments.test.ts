/** An experiment as readers get it: the chart, and the table as CSV and LaTeX. */
import { expect, test } from "vitest";
import { experimentChart } from "#charts/experiment-chart.ts";
import type { ExperimentData } from "#format/experiment.ts";
import { fixtureExperiments } from "#test/support/fixture-experiments.ts";
import { cellText, csv, latex, sortKey } from "../../src/site/experiment-table.ts";

const models = [
  { id: "a_vit", title: "A ViT" },
  { id: "a_cnn", title: "A CNN" },
];
const digest = "0".repeat(64);
const [bars, lines] = (await fixtureExperiments(models, {
  weights: digest,
  program: digest,
  device: "cpu",
  versions: {},
})) as [ExperimentData, ExperimentData];

const count = (svg: string, part: string) => svg.split(part).length - 1;

test.each([340, 720])("at %i px bars are as many as models times values, each with its interval", (width) => {
  const svg = experimentChart({ width, experiment: bars });
  expect(count(svg, '<rect class="fill"')).toBe(6);
  expect(count(svg, 'class="whisker"')).toBe(6);
  expect(svg).toContain("A ViT");
  expect(svg).not.toContain("NaN");
});

test.each([340, 720])("at %i px lines are as many as models times filters, each with its band", (width) => {
  const svg = experimentChart({ width, experiment: lines });
  expect(count(svg, 'class="band"')).toBe(4);
  expect(count(svg, "<circle")).toBe(lines.rows.length);
  expect(svg).not.toContain("NaN");
});

test("a value that is not known draws nothing and says so", () => {
  const unknown = { value: null, low: 0, high: 1, n: 0 };
  const rows = bars.rows.map((row) => ({ ...row, whole: unknown }));
  const svg = experimentChart({ width: 720, experiment: { ...bars, rows } });
  expect(count(svg, '<rect class="fill"')).toBe(4);
  expect(count(svg, "not measured")).toBe(2);
  expect(cellText(unknown, bars.columns.find(({ key }) => key === "whole")!)).toEqual({
    main: "–",
    interval: "0.0–100.0, n = 0",
  });
  expect(sortKey(unknown)).toBe(-1);
});

test("the CSV has a line a row, with interval and n beside each measured value", () => {
  const [head, ...rest] = csv(lines).trimEnd().split("\r\n");
  expect(head).toBe("model,filter,cutoff,images,accuracy,accuracy_low,accuracy_high,accuracy_n");
  expect(rest).toHaveLength(lines.rows.length);
  expect(rest[0]).toMatch(/^a_vit,low-pass,1,40,1,0\.91\d+,1,40$/);
  expect(csv({ ...lines, rows: [{ ...lines.rows[0]!, filter: 'a "b", c' }] })).toContain('"a ""b"", c"');
});

test("the LaTeX table escapes what LaTeX would read", () => {
  const text = latex(bars);
  expect(text).toContain("a\\_vit & 40 & ");
  expect(text).not.toMatch(/[^\\]%/);
  expect(text).toContain("\\begin{tabular}{lrrrrrrrr}");
});
