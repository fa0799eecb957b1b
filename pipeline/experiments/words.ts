/** Parts that experiments share: columns that all have, and numbers in sentences. */
import type { Cell, Column, Interval } from "#format/experiment.ts";
import type { Row } from "./experiment.ts";

export const MODEL: Column = {
  key: "model",
  name: "Model",
  form: "text",
  unit: "",
  description: "The model’s id.",
};

export const IMAGES: Column = {
  key: "images",
  name: "Images",
  form: "count",
  unit: "",
  description: "Images of a class that the model knows.",
};

export function share(key: string, name: string, description: string): Column {
  return { key, name, form: "share", unit: "", description };
}

/** The interval in a cell that has one. */
export function intervalOf(cell: Cell | undefined): Interval {
  if (typeof cell !== "object") throw new Error(`internal: expected an interval, got ${cell}`);
  return cell;
}

/** "31 % (27–36)", or how little was seen. */
function inPercent({ value, low, high, n }: Interval): string {
  if (value === null) return `nothing that can be measured (n = ${n})`;
  const percent = (part: number) => String(Math.round(part * 100));
  return low === null || high === null
    ? `${percent(value)} % (n = ${n}, too few for an interval)`
    : `${percent(value)} % (${percent(low)}–${percent(high)})`;
}

/** "a 31 % (27–36), b 20 % (16–25)", largest first. */
export function inOrder(rows: readonly Row[], key: string): string {
  return sorted(rows, key)
    .map((row) => `${row.model} ${inPercent(intervalOf(row[key]))}`)
    .join(", ");
}

/** Whether the models can be told apart by a column: the first from the last, by their intervals. */
export function verdict(rows: readonly Row[], key: string): string {
  const order = sorted(rows, key);
  if (order.length < 2) return "";
  const [most, least] = [intervalOf(order[0]![key]), intervalOf(order.at(-1)![key])];
  if (most.low === null || least.high === null) return "; too few images to tell them apart";
  return most.low > least.high ? "; the intervals do not overlap" : "; the intervals overlap";
}

const sorted = (rows: readonly Row[], key: string): Row[] =>
  [...rows].sort((a, b) => (intervalOf(b[key]).value ?? -1) - (intervalOf(a[key]).value ?? -1));
