/**
 * `<own-image>`: the invitation to load a model, in the page from the start. All else is fetched when a reader accepts.
 *
 *   data-href   the site's root        data-model   its id        data-unit   `<tap>/<index>` of the page's neuron
 */
import type { BackendName } from "../protocol.ts";
import type { App, Parts } from "./app.ts";
import type { PageFacts } from "./session.ts";

class OwnImage extends HTMLElement {
  #app: App | undefined;

  connectedCallback(): void {
    this.#part("load").addEventListener("click", () => this.#load());
  }

  disconnectedCallback(): void {
    this.#app?.close();
  }

  async #load(): Promise<void> {
    const parts: Parts = {
      offer: this.#part("offer"),
      progress: this.#part("progress"),
      note: this.#part("note"),
      work: this.#part("work"),
      samples: this.#part("samples"),
    };
    const button = this.#part<HTMLButtonElement>("load");
    button.disabled = true;
    parts.progress.hidden = false;
    try {
      const { openApp } = await import("./app.ts");
      this.#app = await openApp(this.#facts(), parts);
    } catch (error) {
      parts.note.textContent = error instanceof Error ? error.message : String(error);
      parts.progress.hidden = true;
      button.disabled = false;
    }
  }

  #facts(): PageFacts {
    const { href, model, unit } = this.dataset;
    const [tap, index] = unit?.split("/") ?? [];
    const backend = new URLSearchParams(location.search).get("backend") as BackendName | null;
    return {
      root: new URL(href!, location.href),
      model: model!,
      ...(tap && { unit: { tap, index: Number(index) } }),
      backend: backend ?? "auto",
    };
  }

  #part<E extends HTMLElement>(name: string): E {
    return this.querySelector<E>(`[data-part="${name}"]`)!;
  }
}

customElements.define("own-image", OwnImage);
