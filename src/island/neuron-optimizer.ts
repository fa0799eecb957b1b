/**
 * `<neuron-optimizer>`: takes a neuron's picture further, in the page.
 *
 * Defined only when a reader has asked for it (components/Optimizer.astro), and starts at once: it loads what it needs,
 * with its progress in the place of the button, and makes way for the workbench (`optimizer/bench.ts`).
 */
import { Connection } from "./connection.ts";
import { Bench } from "./optimizer/bench.ts";
import { findLeftBehind } from "./optimizer/left-behind.ts";
import { loadPageData, readFacts } from "./optimizer/page-data.ts";
import { type Description, isPermalink, readPermalink } from "./optimizer/permalink.ts";
import { Session } from "./optimizer/session.ts";
import { escaped, megabytes, messageOf } from "./optimizer/text.ts";

class NeuronOptimizer extends HTMLElement {
  #started = false;

  connectedCallback(): void {
    if (this.#started) return;
    this.#started = true;
    this.#start().catch((error: unknown) => this.#offerRetry(messageOf(error)));
  }

  /** @throws Error where something does not come */
  async #start(): Promise<void> {
    const link = isPermalink(location.hash) ? readPermalink(location.hash) : null;
    this.#tell("Loading …");
    const data = await loadPageData(readFacts(this.dataset, location.href));
    const source = { manifest: data.weights, root: data.root.href };
    let bench: Bench | undefined;
    const session = new Session(
      (hear) => new Connection(hear),
      () => {
        if (bench) return bench.show();
        const { loaded, total, fromCache } = session.state;
        const kept = fromCache > 0 ? `, ${megabytes(fromCache)} MB of it kept from before` : "";
        if (total > 0)
          this.#tell(
            `Loading weights: ${megabytes(loaded)} of ${megabytes(total)} MB${kept}`,
            loaded / total,
          );
      },
    );
    try {
      await this.#open(session, source, data.tap, link);
    } catch (error) {
      session.close();
      throw error;
    }
    const left = findLeftBehind(data.unitId, 3 * data.imageSize ** 2);
    bench = new Bench(this, data, session, source);
    // The button that was pressed is gone; whoever has not gone elsewhere meanwhile is at the one in its place.
    if (document.activeElement === document.body) bench.focus();
    await bench.start(link, left);
  }

  /** With the backend of the link where that works here, else with the first that does. */
  async #open(
    session: Session,
    source: Parameters<Session["open"]>[0],
    tap: string,
    link: Description | null,
  ): Promise<void> {
    const wanted = link?.backend ?? "auto";
    if (wanted === "auto") return session.open(source, tap, wanted);
    await session.open(source, tap, wanted).catch(() => session.open(source, tap, "auto"));
  }

  get #place(): HTMLElement {
    return this.querySelector<HTMLElement>(".offer-do")!;
  }

  #tell(words: string, share?: number): void {
    const value = share === undefined ? "" : ` value="${share}"`;
    this.#place.innerHTML = `<label class="loading">${escaped(words)}<progress max="1"${value}></progress></label>`;
  }

  #offerRetry(message: string): void {
    this.#place.innerHTML = `<p class="problem" role="alert">${escaped(message)}</p><button type="button" class="primary">Try again</button>`;
    this.#place.querySelector("button")!.addEventListener("click", () => {
      this.#started = false;
      this.connectedCallback();
    });
  }
}

customElements.define("neuron-optimizer", NeuronOptimizer);
