/** The table of an experiment as readers see it and as files: CSV and LaTeX. */

import type { Cell, Column, ExperimentData } from "#format/experiment.ts";
import { count, fixed } from "./numbers.ts";

/** What a cell says, and its interval where it has one. */
export interface CellText {
  readonly main: string;
  readonly interval: string;
}

export function cellText(cell: Cell, { form }: Column): CellText {
  if (typeof cell === "string") return { main: cell, interval: "" };
  const number = (value: number) => (form === "share" ? fixed(value * 100, 1) : plain(value, form));
  const unit = form === "share" ? " %" : "";
  if (typeof cell === "number") return { main: `${number(cell)}${unit}`, interval: "" };
  const { value, low, high, n } = cell;
  const interval =
    low === null || high === null ? "too few for an interval" : `${number(low)}–${number(high)}`;
  return { main: value === null ? "–" : `${number(value)}${unit}`, interval: `${interval}, n = ${count(n)}` };
}

const plain = (value: number, form: Column["form"]): string =>
  form === "count" ? count(value) : String(Number(value.toPrecision(4)));

/** What rows are sorted by. */
export const sortKey = (cell: Cell): string | number =>
  typeof cell === "object" ? (cell.value ?? -1) : cell;

/** RFC 4180: a line a row; a measured column is four, with `_low`, `_high` and `_n`. Shares are from 0 to 1. */
export function csv({ columns, rows }: ExperimentData): string {
  const measured = ({ key }: Column) => rows.some((row) => typeof row[key] === "object");
  const head = columns.flatMap((column) =>
    measured(column)
      ? [column.key, `${column.key}_low`, `${column.key}_high`, `${column.key}_n`]
      : [column.key],
  );
  const lines = rows.map((row) =>
    columns.flatMap((column) => {
      const cell = row[column.key]!;
      return typeof cell === "object" ? [cell.value, cell.low, cell.high, cell.n] : [cell];
    }),
  );
  return [head, ...lines].map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

function quoted(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A booktabs table with the intervals in brackets. */
export function latex({ id, title, finding, columns, rows }: ExperimentData): string {
  const lines = rows.map((row) =>
    columns
      .map((column) => {
        const { main, interval } = cellText(row[column.key]!, column);
        const [range] = interval.split(", n");
        return escaped(range ? `${main} (${range})` : main);
      })
      .join(" & "),
  );
  return [
    "\\begin{table}",
    `  \\caption{${escaped(`${title}. ${finding} Intervals are of 95 %.`)}}`,
    `  \\label{tab:${id}}`,
    `  \\begin{tabular}{${columns.map(({ form }) => (form === "text" ? "l" : "r")).join("")}}`,
    "    \\toprule",
    `    ${columns.map(({ name }) => escaped(name)).join(" & ")} \\\\`,
    "    \\midrule",
    ...lines.map((line) => `    ${line} \\\\`),
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}

const escaped = (text: string): string =>
  text
    .replaceAll(/[%&_#$]/g, (sign) => `\\${sign}`)
    .replaceAll("–", "--")
    .replaceAll("−", "$-$")
    .replaceAll("η²", "$\\eta^2$");
