/**
 * What stands in the element once the model is loaded, as HTML: made here and not by Astro, so that a page does not
 * ship it to readers who never ask for it.
 *
 * Elements that the code writes to have `data-out`, what starts something has `data-do`. No style attributes: the
 * page's policy forbids them.
 */
import { shareBar } from "#charts/share-bar.ts";
import { escapeText } from "#charts/svg.ts";
import type { ReferenceData } from "#format/reference-data.ts";
import { fixed } from "../text.ts";
import type { Ranked, ReferenceLayer } from "./compare.ts";

export const INPUT = `
<div class="own-drop" data-out="drop">
  <p>Drop a picture here, paste one, or</p>
  <div class="copy">
    <label class="button">choose a file <input type="file" accept="image/*" data-out="file"></label>
    <button type="button" data-do="camera">use the camera</button>
  </div>
</div>
<div class="own-camera" data-out="camera" hidden>
  <video playsinline muted data-out="video" aria-label="What the camera sees"></video>
  <div class="copy">
    <button type="button" data-do="take">take this picture</button>
    <button type="button" data-do="stop">stop the camera</button>
  </div>
</div>`;

export const MESSAGES = `
<p class="own-problem" role="alert" data-out="problem" hidden></p>
<p class="quiet own-status" role="status" data-out="status"></p>`;

/** The result, to be filled; with the parts that the model and the page have. */
export function result(
  { seen }: ReferenceData,
  size: number,
  has: { readonly classes: boolean; readonly neuron: boolean },
): string {
  const images = seen.toLocaleString("en-GB");
  return `
<div class="own-result">
  <div class="own-seen">
    <div class="own-stage">
      <canvas class="${size <= 128 ? "pixel" : ""}" width="${size}" height="${size}" role="img" data-out="picture"></canvas>
      <canvas class="veil" data-out="veil" aria-hidden="true"></canvas>
      <div class="own-patches" data-out="patches"></div>
    </div>
    <p class="own-legend"><span data-out="mapped"></span> <span data-out="mapped-value"></span></p>
    <p class="own-caption">What the model sees: the picture resized and its centre cut out, ${size} × ${size} pixels. The veil is clear at the named neuron’s highest patch and dark at 0 and below; the number is its mean activation. Point at a neuron for its map, and at a patch for the neurons that fire there.</p>
  </div>
  <div>
    <div class="own-read">
      ${has.classes ? SCORES : ""}
      ${has.neuron ? NEURON : ""}
    </div>
    <h3 data-out="ranked"></h3>
    <ol class="own-layers" data-out="layers"></ol>
    <p class="own-caption" data-when="image">Of each layer, the neurons whose mean activation over the patches of the picture lies furthest above their mean over ${images} images, in standard deviations (σ) of that mean over the images.</p>
    <p class="own-caption" data-when="patch" hidden>Of each layer, the neurons that fire at this patch at the highest share of their peak: the highest activation of a single patch in the images that excite them most. Means over patches vary less than single patches do, so a patch is compared with patches.</p>
  </div>
</div>
<p class="own-aloud" aria-live="polite" data-out="aloud"></p>`;
}

const SCORES = `<div>
        <h3>Class scores</h3>
        <ol class="own-scores" data-out="scores"></ol>
      </div>`;

/** The place of the page's neuron among the images of the set. */
const NEURON = `<div>
        <h3>This neuron</h3>
        <p data-out="placed"></p>
        <div data-out="histogram"></div>
      </div>`;

/** One class with its probability. */
export function score(name: string, probability: number): string {
  const percent = probability < 0.0005 ? "< 0.1" : fixed(probability * 100, 1);
  return `<li><span>${escapeText(name)}</span>${shareBar(probability)}<b>${percent} %</b></li>`;
}

/**
 * Which neurons stand here follows from the reader's picture: no page of theirs is fetched before it is asked for, as
 * Astro would when a link has the pointer or the focus.
 */
const NOT_AHEAD = 'data-astro-prefetch="false"';

/** A layer with its ranked neurons. */
export function layerRow(
  layer: ReferenceLayer,
  ranked: readonly Ranked[],
  unitOf: (score: number) => string,
  address: { readonly layer: string; readonly sprite: string },
): string {
  const { columns, tile, picture } = layer.sprite;
  const tiles = ranked.map(({ unit, score }) => {
    const place = `${(unit % columns) * tile} ${Math.floor(unit / columns) * tile} ${tile} ${tile}`;
    return `<li><a href="${address.layer}${unit}/" ${NOT_AHEAD} data-tap="${layer.tap}" data-unit="${unit}">
<svg class="pixel" viewBox="${place}" width="${tile}" height="${tile}" aria-hidden="true"><image href="${address.sprite}" width="${picture.width}" height="${picture.height}"/></svg>
<span><b>${unit}</b> ${unitOf(score)}</span></a></li>`;
  });
  return `<li><p><a href="${address.layer}" ${NOT_AHEAD}>${escapeText(layer.label)}</a></p><ol>${tiles.join("")}</ol></li>`;
}
