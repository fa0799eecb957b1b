/**
 * The workbench as HTML: made here and not by Astro, so that a page does not ship it to readers who never ask for it.
 *
 * Elements that the code writes to have `data-out`, what starts something has `data-do`, inputs have names. No style
 * attributes: the page's policy forbids them. Without the hidden button, Enter in a field would not begin a run.
 */

import { escapeText } from "#charts/svg.ts";
import { fixed } from "../text.ts";
import { MODES } from "./mixture.ts";
import type { PageData } from "./page-data.ts";
import { FIELDS, RECIPES } from "./settings.ts";

export function workbench(data: PageData): string {
  return `
<div class="bench">
  <div class="views">
    <div class="view">
      <canvas class="${pixel(data)}" width="${data.imageSize}" height="${data.imageSize}" role="img" data-out="picture" aria-label="No picture yet"></canvas>
      <p><b>Live</b> <span data-out="aim"></span></p>
    </div>
    ${comparison(data)}
  </div>
  <div class="readings">
    <dl class="facts">
      <div><dt>Activation</dt><dd data-out="objective">–</dd></div>
      <div><dt>Total variation</dt><dd data-out="variation">–</dd></div>
      <div><dt>Steps a second</dt><dd data-out="speed">–</dd></div>
      <div><dt>Computed with</dt><dd data-out="backend">–</dd></div>
    </dl>
    <div data-out="chart"></div>
  </div>
</div>
<div class="transport" role="group" aria-label="Run">
  <button type="button" class="primary" data-do="run">Run</button>
  <button type="button" data-do="step">One step</button>
  <button type="button" data-do="reset">Reset</button>
  <button type="button" data-do="undo">Undo</button>
  <progress data-out="progress" value="0" max="1" aria-label="Steps taken"></progress>
  <span class="num" data-out="step"></span>
</div>
<p class="problem" role="alert" data-out="problem" hidden></p>
<p class="notice" role="status" data-out="notice" hidden></p>
<form class="knobs" novalidate>
  ${beginnings(data)}
  ${mixtures(data)}
  ${settings()}
  <button type="submit" hidden>Begin</button>
</form>
<div class="keep">
  <div class="copy" role="group" aria-label="Save">
    <button type="button" data-do="png">Save PNG</button>
    <button type="button" data-do="json">Save JSON</button>
    <button type="button" data-do="link">Copy permalink</button>
  </div>
  <p class="quiet" role="status" data-out="keep">Both files hold the settings, the seed, the digest of the weights and the permalink.</p>
</div>
<details class="engine">
  <summary>What computes</summary>
  <label>Backend
    <select name="backend">
      <option value="auto">the first that passes</option>
      <option value="webgpu">WebGPU</option>
      <option value="webgl">WebGL</option>
      <option value="wasm">WASM</option>
      <option value="cpu">plain CPU</option>
    </select>
  </label>
  <table class="table-facts"><tbody data-out="tried"></tbody></table>
  <p class="quiet">Each is tried with a gradient that is known; one that gets it wrong is not used. A run goes on while this tab is hidden, and its last picture is kept when you leave the page.</p>
</details>
<p class="aloud" aria-live="polite" data-out="aloud"></p>`;
}

/** Enlarged small pictures keep their pixels, as everywhere in the atlas. */
const pixel = ({ imageSize }: PageData): string => (imageSize <= 128 ? "pixel" : "smooth");

/** The published picture, or of a neuron that has none the image that excites it most. */
function comparison(data: PageData): string {
  const { published, picture, root, examples, imageSize, unitId } = data;
  const best = examples[0];
  const shown =
    published && picture
      ? {
          path: picture,
          name: "Published",
          note: "",
          alt: `Visualization of ${unitId}`,
        }
      : best && { path: best.path, name: "Best image", note: best.caption, alt: best.caption };
  if (!shown) return "";
  return `<div class="view">
      <img class="${pixel(data)}" width="${imageSize}" height="${imageSize}" src="${new URL(shown.path, root).href}" alt="${escapeText(shown.alt)}">
      <p><b>${shown.name}</b> ${escapeText(shown.note)}</p>
    </div>`;
}

function beginnings({ published, examples, root }: PageData): string {
  const pictures = examples.map(
    ({ image, caption, path }) => `<label class="pick" title="${escapeText(caption)}">
      <input type="radio" name="start" value="image-${image}">
      <img class="pixel" src="${new URL(path, root).href}" width="48" height="48" alt="${escapeText(caption)}">
    </label>`,
  );
  return `<fieldset>
    <legend>Begin with</legend>
    ${published ? choice("published", "the published picture") : ""}
    ${choice("noise", "noise, by the seed")}
    ${choice("result", "the picture as it is now")}
    <label class="choice"><input type="radio" name="start" value="own"> a picture of yours
      <input type="file" name="file" accept="image/*" aria-label="Your picture">
    </label>
    <p class="quiet" data-out="own">It stays in this page.</p>
    <div class="picks" role="group" aria-label="An image that excites the neuron">${pictures.join("")}</div>
  </fieldset>`;
}

const choice = (value: string, text: string): string =>
  `<label class="choice"><input type="radio" name="start" value="${value}"> ${text}</label>`;

function mixtures({ unit, units, index }: PageData): string {
  const near = unit.nearest.slice(0, 4);
  const options = unit.nearest.map(
    ({ unit: other, similarity }) => `<option value="${other}">r = ${fixed(similarity)}</option>`,
  );
  return `<fieldset>
    <legend>Climb</legend>
    <label>What <select name="mode">${MODES.map(({ mode, label }) => `<option value="${mode}">${label}</option>`).join("")}</select></label>
    <div class="second" data-when="blend contrast between" hidden>
      <label>Second neuron, y <input type="number" name="other" min="0" max="${units - 1}" step="1" list="near-${index}" inputmode="numeric"></label>
      <datalist id="near-${index}">${options.join("")}</datalist>
      <div class="near" role="group" aria-label="Nearest neurons">
        ${near.map(({ unit: other, similarity }) => `<button type="button" data-other="${other}" title="Pearson’s r ${fixed(similarity)}">${other}</button>`).join("")}
      </div>
    </div>
    <div class="pair" data-when="blend contrast" hidden>
      <label>a <input type="number" name="a" value="1" step="0.1"></label>
      <label>b <input type="number" name="b" value="1" step="0.1"></label>
    </div>
    <label data-when="between" hidden>t, from x to y <input type="range" name="t" min="0" max="1" step="0.05" value="0.5"><output data-out="t">0.50</output></label>
    <label data-when="direction" hidden>Neurons with weights <input type="text" name="text" placeholder="12: 0.5, 40: -1" spellcheck="false" autocomplete="off"></label>
    <p class="quiet" data-out="formula"></p>
  </fieldset>`;
}

function settings(): string {
  const recipes = RECIPES.map((name) => `<option value="${name}">${name}</option>`);
  const fields = FIELDS.map(
    ({ key, label, note, low, high, step, whole }) => `<label>${label}
      <input type="number" name="${key}" min="${low}" max="${high}" step="${step}" inputmode="${whole ? "numeric" : "decimal"}" aria-describedby="note-${key}">
      <small id="note-${key}">${note}</small>
    </label>`,
  );
  return `<fieldset>
    <legend>Settings</legend>
    <label>Recipe <select name="recipe"><option value="page">as published</option>${recipes.join("")}</select></label>
    <div class="fields">${fields.join("")}</div>
  </fieldset>`;
}
