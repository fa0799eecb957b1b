/**
 * What is climbed, as a reader says it: this neuron, two of them, or a direction of the layer's space.
 *
 * The worker knows only the weighted sum that comes out of it. A blend, a contrast and a path between two are three
 * ways to say two weights.
 */
import { FormatError } from "#format/format-error.ts";
import type { Aim } from "../protocol.ts";

export type Mixture =
  | { readonly mode: "neuron" }
  | { readonly mode: "negative" }
  /** a·x + b·y and a·x − b·y; x is the page's neuron. */
  | { readonly mode: "blend" | "contrast"; readonly other: number; readonly a: number; readonly b: number }
  /** (1 − t)·x + t·y. */
  | { readonly mode: "between"; readonly other: number; readonly t: number }
  /** `parseDirection` says how it is written. */
  | { readonly mode: "direction"; readonly text: string };

export const MODES: readonly { readonly mode: Mixture["mode"]; readonly label: string }[] = [
  { mode: "neuron", label: "this neuron" },
  { mode: "negative", label: "its negative" },
  { mode: "blend", label: "blend with another, a·x + b·y" },
  { mode: "contrast", label: "contrast with another, a·x − b·y" },
  { mode: "between", label: "between it and another" },
  { mode: "direction", label: "a direction of the layer" },
];

/** Weights beyond this are no other pictures: Adam does not see the scale of what it climbs. */
export const HEAVIEST = 100;

/**
 * The weighted sum that a mixture stands for.
 *
 * @param unit the page's neuron
 * @param units neurons of the layer
 * @throws FormatError where a neuron is not in the layer, a weight is no number, or nothing is left to climb
 */
export function aimOf(mixture: Mixture, unit: number, units: number): Aim {
  switch (mixture.mode) {
    case "neuron":
      return [{ unit, weight: 1 }];
    case "negative":
      return [{ unit, weight: -1 }];
    case "direction":
      return parseDirection(mixture.text, units);
    case "between":
      return pair(unit, 1 - mixture.t, otherThan(unit, mixture.other, units), mixture.t);
    case "blend":
      return pair(unit, mixture.a, otherThan(unit, mixture.other, units), mixture.b);
    case "contrast":
      return pair(unit, mixture.a, otherThan(unit, mixture.other, units), -mixture.b);
  }
}

function pair(unit: number, a: number, other: number, b: number): Aim {
  for (const [name, weight] of [
    ["Weight a", a],
    ["Weight b", b],
  ] as const) {
    if (!(Math.abs(weight) <= HEAVIEST)) {
      throw new FormatError(
        name,
        `a number from −${HEAVIEST} to ${HEAVIEST}`,
        `${weight}`,
        "enter one within",
      );
    }
  }
  const terms = [
    { unit, weight: a },
    { unit: other, weight: b },
  ].filter(({ weight }) => weight !== 0);
  if (terms.length > 0) return terms;
  throw new FormatError("Weights", "at least one that is not 0", "0 and 0", "give one of the two a weight");
}

function otherThan(unit: number, other: number, units: number): number {
  inLayer("Second neuron", other, units);
  if (other !== unit) return other;
  throw new FormatError("Second neuron", "another one", `${unit}, this page’s own`, "name another neuron");
}

function inLayer(where: string, index: number, units: number): void {
  if (Number.isInteger(index) && index >= 0 && index < units) return;
  const got = Number.isNaN(index) ? "nothing" : `${index}`;
  throw new FormatError(where, `a neuron of this layer, 0 to ${units - 1}`, got, "name one of the layer");
}

/**
 * Reads `12: 0.5, 40: -1`: neurons of a layer with their weights.
 *
 * @throws FormatError that names the entry
 */
export function parseDirection(text: string, units: number): Aim {
  const example = "write it like “12: 0.5, 40: -1”";
  if (text.trim() === "") throw new FormatError("Direction", "neurons with weights", "nothing", example);
  const seen = new Set<number>();
  return text.split(",").map((part, k) => {
    const where = `Direction, entry ${k + 1}`;
    // A minus sign that was copied from a page is U+2212.
    const match = /^\s*(\d+)\s*:\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/i.exec(
      part.replace("−", "-"),
    );
    if (!match) throw new FormatError(where, "“neuron: weight”", `“${part.trim()}”`, example);
    const [unit, weight] = [Number(match[1]), Number(match[2])];
    inLayer(where, unit, units);
    if (seen.has(unit)) {
      throw new FormatError(where, "each neuron once", `${unit} again`, "add its weights up");
    }
    seen.add(unit);
    if (weight === 0 || Math.abs(weight) > HEAVIEST) {
      const expected = `a weight from −${HEAVIEST} to ${HEAVIEST} that is not 0`;
      throw new FormatError(where, expected, `${match[2]}`, "change it or leave the neuron out");
    }
    return { unit, weight };
  });
}

/** A weighted sum for readers: "neuron 12", "0.5 · 12 − 40". */
export function describeAim(aim: Aim): string {
  const [only] = aim;
  if (aim.length === 1 && only!.weight === 1) return `neuron ${only!.unit}`;
  return aim
    .map(({ unit, weight }, k) => {
      const size = Math.abs(weight);
      const term = size === 1 ? `${unit}` : `${Number(size.toPrecision(3))} · ${unit}`;
      if (k === 0) return weight < 0 ? `−${term}` : term;
      return `${weight < 0 ? "−" : "+"} ${term}`;
    })
    .join(" ");
}
