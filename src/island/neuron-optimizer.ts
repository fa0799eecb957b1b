/**
 * `<neuron-optimizer>`: takes a neuron's picture further, in the page.
 *
 * Defined only when a reader has asked for it (components/Optimizer.astro), and starts at once: it loads what it needs,
 * with its progress in the place of the button, and makes way for the workbench (`optimizer/bench.ts`).
 */

import { escapeText } from "#charts/svg.ts";
import { FormatError } from "#format/format-error.ts";
import { Connection } from "./connection.ts";
import { Bench } from "./optimizer/bench.ts";
import { findLeftBehind } from "./optimizer/left-behind.ts";
import { loadPageData, readFacts } from "./optimizer/page-data.ts";
import { type Description, isPermalink, readPermalink } from "./optimizer/permalink.ts";
import { Session } from "./optimizer/session.ts";
import type { BackendName, ModelSource } from "./protocol.ts";
import { megabytes, messageOf } from "./text.ts";

class NeuronOptimizer extends HTMLElement {
  #started = false;

  connectedCallback(): void {
    if (this.#started) return;
    this.#started = true;
    this.#start().catch((error: unknown) => this.#offerRetry(messageOf(error)));
  }

  /** @throws Error where something does not come */
  async #start(): Promise<void> {
    const link = readLink();
    this.#tell("Loading …");
    const data = await loadPageData(readFacts(this.dataset, location.href));
    const source = { manifest: data.weights, root: data.root.href };
    let bench: Bench | undefined;
    const shown = (session: Session): void => {
      bench?.show();
      if (bench) return;
      const { loaded, total, fromCache } = session.state;
      const kept = fromCache > 0 ? `, ${megabytes(fromCache)} MB of it kept from before` : "";
      const words = `Loading weights: ${megabytes(loaded)} of ${megabytes(total)} MB${kept}`;
      if (total > 0) this.#tell(words, loaded / total);
    };
    const session = await this.#open(
      source,
      data.tap,
      link instanceof Error ? "auto" : (link?.backend ?? "auto"),
      shown,
    );
    const left = findLeftBehind(data.unitId, 3 * data.imageSize ** 2);
    bench = new Bench(this, data, session, source);
    // The button that was pressed is gone; whoever has not gone elsewhere meanwhile is at the one in its place.
    if (document.activeElement === document.body) bench.focus();
    if (link instanceof Error) bench.refuse(link.message);
    else await bench.start(link, left);
  }

  /** With the backend of the link where that works here, else with the first that does. */
  async #open(
    source: ModelSource,
    tap: string,
    backend: BackendName | "auto",
    shown: (session: Session) => void,
  ): Promise<Session> {
    const session: Session = new Session(
      (hear) => new Connection(hear),
      () => shown(session),
    );
    try {
      await session.open(source, tap, backend);
      return session;
    } catch (error) {
      session.close();
      if (backend === "auto") throw error;
      // In a worker of its own: the first may be what failed.
      return this.#open(source, tap, "auto", shown);
    }
  }

  get #place(): HTMLElement {
    return this.querySelector<HTMLElement>(".offer-do")!;
  }

  #tell(words: string, share?: number): void {
    const value = share === undefined ? "" : ` value="${share}"`;
    this.#place.innerHTML = `<label class="loading">${escapeText(words)}<progress max="1"${value}></progress></label>`;
  }

  #offerRetry(message: string): void {
    this.#place.innerHTML = `<p class="problem" role="alert">${escapeText(message)}</p><button type="button" class="primary">Try again</button>`;
    this.#place.querySelector("button")!.addEventListener("click", () => {
      this.#started = false;
      this.connectedCallback();
    });
  }
}

/** The run that the address asks for, if any, or what is wrong with it: a bad link is no reason to show nothing. */
function readLink(): Description | FormatError | null {
  if (!isPermalink(location.hash)) return null;
  try {
    return readPermalink(location.hash);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

customElements.define("neuron-optimizer", NeuronOptimizer);
