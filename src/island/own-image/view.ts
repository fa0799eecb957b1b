/** The result on the page: picture, veil, scores, the page's neuron, and neurons ranked for the picture or a patch. */
import { histogramChart } from "#charts/histogram-chart.ts";
import { objectPath } from "#format/object.ts";
import { fixed } from "../text.ts";
import {
  type Histogram,
  largest,
  mapOf,
  meansOf,
  patchAt,
  type Ranked,
  type ReferenceLayer,
  rankByImage,
  rankByPatch,
  shareBelow,
  softmax,
} from "./compare.ts";
import { layerRow, result, score } from "./markup.ts";
import { type Patch, PatchGrid } from "./patches.ts";
import type { Session, Sight } from "./session.ts";
import { drawPicture, drawVeil } from "./stage.ts";

const CLASSES = 5;
/** Neurons of each layer: a row of a wide page, two of a phone. */
const RANKED = 8;
/** As the pages' charts in narrow columns. */
const CHART_WIDTH = 340;

interface Neuron {
  readonly tap: string;
  readonly index: number;
}

export class ResultView {
  readonly #element: HTMLElement;
  readonly #session: Session;
  readonly #patches: PatchGrid;
  #sight: Sight | undefined;
  #patch: Patch | undefined;

  constructor(element: HTMLElement, session: Session) {
    const { reference, manifest, unit } = session;
    this.#element = element;
    this.#session = session;
    const has = { classes: manifest.classes.length > 0, neuron: unit !== undefined };
    element.innerHTML = result(reference, manifest.config.imageSize, has);
    this.#patches = new PatchGrid(this.#out("patches"), (patch) => this.#showPatch(patch));
    const layers = this.#out("layers");
    for (const type of ["pointerover", "focusin"]) {
      layers.addEventListener(type, (event) => this.#showMap(neuronOf(event) ?? this.#main()));
    }
    for (const type of ["pointerleave", "focusout"]) {
      layers.addEventListener(type, () => this.#showMap(this.#main()));
    }
  }

  show(sight: Sight): void {
    this.#sight = sight;
    this.#patch = undefined;
    this.#element.hidden = false;
    drawPicture(this.#out<HTMLCanvasElement>("picture"), sight.pixels.data);
    this.#out("picture").ariaLabel = "Your picture as the model sees it";
    if (this.#session.manifest.classes.length > 0) this.#showScores(sight);
    const main = this.#main();
    if (main) this.#showPlace(main, sight);
    this.#patches.reset(this.#layer(main?.tap).grid);
    this.#showRanked();
    this.#showMap(this.#main());
  }

  #out<E extends HTMLElement = HTMLElement>(name: string): E {
    return this.#element.querySelector<E>(`[data-out="${name}"]`)!;
  }

  /** The layer of a tap, else the last. */
  #layer(tap?: string): ReferenceLayer {
    const { layers } = this.#session.reference;
    return layers.find((layer) => layer.tap === tap) ?? layers.at(-1)!;
  }

  /** The neuron whose map is shown when none is pointed at: the page's, else the strongest of the last layer. */
  #main(): Neuron | undefined {
    const { unit } = this.#session;
    if (unit) return unit;
    const layer = this.#layer();
    const [best] = this.#rank(layer, 1);
    return best && { tap: layer.tap, index: best.unit };
  }

  #rank(layer: ReferenceLayer, count: number): Ranked[] {
    const activations = this.#sight!.activations[layer.tap]!;
    if (!this.#patch) return rankByImage(layer, activations, count);
    return rankByPatch(layer, activations, patchAt(layer.grid, this.#patch.x, this.#patch.y), count);
  }

  #showScores({ logits }: Sight): void {
    const { classes } = this.#session.manifest;
    const probabilities = softmax(logits);
    const best = largest(probabilities, CLASSES);
    this.#out("scores").innerHTML = best
      .map((index) => score(classes[index]!, probabilities[index]!))
      .join("");
    this.#out("picture").ariaLabel += `; most probable class ${classes[best[0]!]}`;
  }

  /** Where the page's neuron stands among the images of the set. */
  #showPlace({ tap, index }: Neuron, { activations }: Sight): void {
    const { unit, reference } = this.#session;
    if (!unit) return;
    const activation = meansOf(activations[tap]!, this.#layer(tap).units)[index]!;
    const share = shareBelow(unit.histogram, activation);
    const images = `${reference.seen.toLocaleString("en-GB")} images`;
    const place =
      share === 1
        ? `above all ${images}`
        : share === 0
          ? `below all ${images}`
          : `above ${Math.floor(share * 1000) / 10} % of ${images}`;
    this.#out("placed").textContent = `Activation ${fixed(activation)}, ${place}.`;
    this.#out("histogram").innerHTML = placed(unit.histogram, activation);
  }

  #showPatch(patch: Patch | undefined): void {
    this.#patch = patch;
    this.#showRanked();
    if (!patch) return;
    const strongest = this.#session.reference.layers.map((layer) => {
      const [best] = this.#rank(layer, 1);
      return best ? `${layer.label}, neuron ${best.unit}` : `${layer.label}, none`;
    });
    this.#out("aloud").textContent = `At ${patch.name}: ${strongest.join("; ")}`;
  }

  #showRanked(): void {
    const { root, manifest, reference } = this.#session;
    const patch = this.#patch;
    const unitOf = (value: number) => (patch ? `${fixed(value * 100, 0)} %` : `${fixed(value, 1)} σ`);
    this.#out("ranked").textContent = patch
      ? `Neurons that fire most at ${patch.name}`
      : "Neurons that the picture excites most";
    for (const caption of this.#element.querySelectorAll<HTMLElement>("[data-when]")) {
      caption.hidden = (caption.dataset.when === "patch") !== (patch !== undefined);
    }
    this.#out("layers").innerHTML = reference.layers
      .map((layer) =>
        layerRow(layer, this.#rank(layer, RANKED), unitOf, {
          layer: new URL(`${manifest.model}/${layer.tap}/`, root).href,
          sprite: new URL(objectPath(layer.sprite.picture), root).href,
        }),
      )
      .join("");
  }

  #showMap(neuron: Neuron | undefined): void {
    if (!neuron) return;
    const { tap, index } = neuron;
    const layer = this.#layer(tap);
    const map = mapOf(this.#sight!.activations[tap]!, layer.units, index);
    drawVeil(this.#out<HTMLCanvasElement>("veil"), map, layer.grid);
    this.#out("mapped").textContent = `${layer.label}, neuron ${index}`;
    this.#out("mapped-value").textContent = fixed(map.reduce((sum, value) => sum + value, 0) / map.length);
  }
}

/** The histogram with a mark for the picture; beyond the set's range the mark stands at its end. */
function placed({ low, high, counts }: Histogram, activation: number): string {
  const value = Math.min(high, Math.max(low, activation));
  return histogramChart({ width: CHART_WIDTH, low, high, counts, marks: [{ value, text: "yours" }] });
}

/** The neuron whose tile an event is about. */
function neuronOf({ target }: Event): Neuron | undefined {
  const tile = (target as Element).closest<HTMLElement>("a[data-unit]");
  return tile ? { tap: tile.dataset.tap!, index: Number(tile.dataset.unit) } : undefined;
}
