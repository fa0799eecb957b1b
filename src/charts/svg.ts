/**
 * Writes SVG as text: elements, rounding, a frame with title and description, axes.
 *
 * Colours come from the page: `currentColor` and the classes of `styles/charts.css`. No DOM.
 */

type Attributes = Readonly<Record<string, string | number | undefined>>;

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Read out instead of the picture; say what is drawn. */
  readonly title: string;
  /** What a reader sees in it, in a sentence with the numbers. */
  readonly description: string;
  /** Links inside an `img` are hidden from those who hear the page; a drawing to walk through is a `group`. */
  readonly role?: "img" | "group";
}

/** Two decimals are a twentieth of a device pixel; more would only make pages longer. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** One element; numbers are rounded, undefined attributes left out. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const text = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escapeText(value!)}"`)
    .join("");
  return children.length === 0 ? `<${name}${text}/>` : `<${name}${text}>${children.join("")}</${name}>`;
}

export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(text));
}

/** The whole figure; its size in units is its size in CSS pixels where there is room. */
export function figure(
  { width, height, title, description, role = "img" }: Frame,
  ...children: readonly string[]
): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "chart",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role,
    },
    element("title", {}, escapeText(title)),
    element("desc", {}, escapeText(description)),
    ...children,
  );
}

/** Path data, with d3's long decimals rounded. */
export function rounded(path: string | null): string {
  return (path ?? "").replace(/-?\d+\.\d+(e-?\d+)?/g, (number) => String(round(Number(number))));
}

/** What an axis asks of a scale: d3's and `linear-scale.ts` have it. */
interface AxisScale {
  (value: number): number;
  range(): readonly number[];
}

interface AxisOptions {
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly name?: string;
}

/** Labels below the plot, with a base line from edge to edge. */
export function axisBottom(scale: AxisScale, y: number, { ticks, format, name }: AxisOptions): string {
  const [left = 0, right = 0] = scale.range();
  return element(
    "g",
    { class: "axis" },
    element("path", { d: `M${round(left)} ${round(y)}H${round(right)}` }),
    ...ticks.flatMap((tick) => {
      const x = round(scale(tick));
      return [
        element("path", { d: `M${x} ${round(y)}v4` }),
        label(x, y + 16, format(tick), { "text-anchor": "middle" }),
      ];
    }),
    name ? label((left + right) / 2, y + 33, name, { "text-anchor": "middle", class: "name" }) : "",
  );
}

/** Labels left of the plot, with hair lines through it; the name stands above the axis, upright. */
export function axisLeft(
  scale: AxisScale,
  [left, right]: readonly [number, number],
  { ticks, format, name }: AxisOptions,
): string {
  const top = Math.min(...scale.range());
  return element(
    "g",
    { class: "axis" },
    ...ticks.flatMap((tick) => {
      const y = scale(tick);
      return [
        element("path", { class: "grid", d: `M${round(left)} ${round(y)}H${round(right)}` }),
        label(left - 7, y + 4, format(tick), { "text-anchor": "end" }),
      ];
    }),
    name ? label(0, top - 12, name, { class: "name" }) : "",
  );
}

/** Moves labels along y so that neighbours are `gap` apart, keeping their order and staying above `bottom`. */
export function spread(positions: readonly number[], gap: number, bottom: number): number[] {
  const order = positions.map((_, k) => k).sort((a, b) => positions[a]! - positions[b]!);
  const moved = [...positions];
  let previous = Number.NEGATIVE_INFINITY;
  for (const k of order) {
    moved[k] = Math.max(moved[k]!, previous + gap);
    previous = moved[k]!;
  }
  let next = bottom + gap;
  for (const k of order.reverse()) {
    moved[k] = Math.min(moved[k]!, next - gap);
    next = moved[k]!;
  }
  return moved;
}
