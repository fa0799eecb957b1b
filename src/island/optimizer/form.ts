/** The workbench's form: what a reader chose, as a description of a run, and back. */
import { FormatError } from "#format/format-error.ts";
import type { Settings } from "../protocol.ts";
import type { Mixture } from "./mixture.ts";
import type { PageData } from "./page-data.ts";
import type { Beginning, Description } from "./permalink.ts";
import { FIELDS, type Quantity, readQuantity, settingsOf } from "./settings.ts";

export class Form {
  readonly #form: HTMLFormElement;
  readonly #data: PageData;
  /** Whether a number was typed since a recipe was chosen: then a change of the beginning leaves the numbers alone. */
  #touched = false;

  /** @param changed called when something was chosen or typed */
  constructor(form: HTMLFormElement, data: PageData, changed: () => void) {
    this.#form = form;
    this.#data = data;
    form.addEventListener("input", ({ target }) => {
      this.#follow(target as HTMLInputElement);
      changed();
    });
    form.addEventListener("click", ({ target }) => {
      const { other } = (target as HTMLElement).dataset;
      if (other === undefined) return;
      this.#input("other").value = other;
      changed();
    });
  }

  /** The description that the controls show; `taken` and `backend` are none of theirs. */
  read(): Omit<Description, "taken" | "backend"> {
    return { start: this.#start(), settings: this.#settings(), mixture: this.mixture() };
  }

  write({ start, settings, mixture }: Omit<Description, "taken" | "backend">): void {
    this.#choose(start.from === "image" ? `image-${start.image}` : start.from);
    this.#writeSettings(settings);
    this.#touched = true;
    this.#input("mode").value = mixture.mode;
    if ("other" in mixture) this.#input("other").value = String(mixture.other);
    if ("a" in mixture) {
      this.#input("a").value = String(mixture.a);
      this.#input("b").value = String(mixture.b);
    }
    if ("t" in mixture) this.#input("t").value = String(mixture.t);
    if ("text" in mixture) this.#input("text").value = mixture.text;
    this.#showMode();
  }

  /** The beginning and the numbers that the page was published with. */
  writeDefaults(): void {
    this.#choose(this.#data.published ? "published" : "noise");
    this.#writeSettings(defaultsFor(this.#start(), this.#data));
    this.#input("mode").value = "neuron";
    this.#showMode();
  }

  choose(start: "own" | "result"): void {
    this.#choose(start);
    this.#follow(this.#input("start"));
  }

  /** The slider between two neurons, as text. */
  get between(): string {
    return Number(this.#input("t").value).toFixed(2);
  }

  get file(): File | null {
    return (this.#form.elements.namedItem("file") as HTMLInputElement).files?.[0] ?? null;
  }

  /** @throws FormatError for a number that is none */
  mixture(): Mixture {
    const mode = this.#input("mode").value as Mixture["mode"];
    const other = () => Number(this.#input("other").value || Number.NaN);
    switch (mode) {
      case "neuron":
      case "negative":
        return { mode };
      case "direction":
        return { mode, text: this.#input("text").value };
      case "between":
        return { mode, other: other(), t: Number(this.#input("t").value) };
      default:
        return { mode, other: other(), a: this.#weight("a"), b: this.#weight("b") };
    }
  }

  #weight(name: "a" | "b"): number {
    const text = this.#input(name).value;
    if (text !== "" && Number.isFinite(Number(text))) return Number(text);
    throw new FormatError(`Weight ${name}`, "a number", "nothing", "enter one, or 0");
  }

  #start(): Beginning {
    const { value } = this.#input("start");
    const image = /^image-(\d+)$/.exec(value);
    return image ? { from: "image", image: Number(image[1]) } : { from: value as "published" };
  }

  #settings(): Settings {
    const numbers = Object.fromEntries(
      FIELDS.map((field) => [field.key, readQuantity(field, this.#input(field.key).value)]),
    ) as Record<Quantity, number>;
    return { recipe: this.#recipeName(), ...numbers };
  }

  #recipeName(): string {
    const { value } = this.#input("recipe");
    return value === "page" ? this.#data.recipe.name : value;
  }

  /** Some choices bring others along. */
  #follow(target: HTMLInputElement): void {
    if (target.name === "mode") this.#showMode();
    if (target.name === "file" && this.file) this.#choose("own");
    if (FIELDS.some(({ key }) => key === target.name)) this.#touched = true;
    if (target.name === "recipe") this.#touched = false;
    const followed = ["recipe", "start", "file"].includes(target.name);
    if (followed && !this.#touched) {
      const { value } = this.#input("recipe");
      const seed = Number(this.#input("seed").value) || 0;
      const settings =
        value === "page" ? defaultsFor(this.#start(), this.#data) : { ...settingsOf(value), seed };
      this.#writeNumbers(settings);
    }
  }

  #choose(start: string): void {
    this.#input("start").value = start;
  }

  #writeSettings(settings: Settings): void {
    this.#input("recipe").value = settings.recipe === this.#data.recipe.name ? "page" : settings.recipe;
    this.#writeNumbers(settings);
  }

  #writeNumbers(settings: Settings): void {
    for (const { key } of FIELDS) this.#input(key).value = String(settings[key]);
  }

  #showMode(): void {
    const mode = this.#input("mode").value;
    for (const part of this.#form.querySelectorAll<HTMLElement>("[data-when]")) {
      part.hidden = !part.dataset.when!.split(" ").includes(mode);
    }
  }

  /** An input, a menu, or the group of radio buttons of that name: all have a value. */
  #input(name: string): HTMLInputElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }
}

/**
 * Of a run from noise the page's own numbers; of one from a picture a quarter of the step size, which keeps the picture.
 *
 * From the published pictures of two neurons of the built-in ViT's block 4, 160 steps raised the activation from 2.45 to
 * 3.66 and from 1.79 to 2.33 and changed a pixel by a tenth on average; with the whole step size to 4.25 and 2.73, and
 * by a fifth: another picture.
 */
function defaultsFor(start: Beginning, { recipe, published }: PageData): Settings {
  const { steps, copies, learningRate, variationWeights } = recipe.settings;
  const page = settingsOf(recipe.name, {
    ...(typeof steps === "number" && { steps }),
    ...(typeof copies === "number" && { copies }),
    ...(typeof learningRate === "number" && { learningRate }),
    variationWeight: published?.variationWeight ?? Number.parseFloat(String(variationWeights)),
    seed: published?.seed ?? 0,
  });
  return start.from === "noise" ? page : { ...page, learningRate: page.learningRate / 4 };
}
