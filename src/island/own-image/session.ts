/**
 * What a page needs to show pictures to its model: the model in a worker, what its neurons do on the image set, and the
 * code that prepares pictures.
 *
 * Opened when a reader asks for it. All that is fetched are files of the site, the same whatever picture follows; a
 * picture goes to the workers of this page and nowhere else.
 */
import type { ModelWeights } from "#format/model-weights.ts";
import type { ReferenceData } from "#format/reference-data.ts";
import type { UnitData } from "#format/unit-data.ts";
import { Connection, type Unasked } from "../connection.ts";
import type { BackendName } from "../protocol.ts";
import { Preparer } from "./prepare.ts";
import type { Prepared } from "./prepare-worker.ts";

/** What the page writes into the element. */
export interface PageFacts {
  /** Of the site. */
  readonly root: URL;
  readonly model: string;
  /** The page's neuron; absent on a model's page. */
  readonly unit?: { readonly tap: string; readonly index: number };
  /** A backend that has been asked for in the address, for tests and for the curious. */
  readonly backend: BackendName | "auto";
}

/** A picture as the model saw it. */
export interface Sight extends Prepared {
  /** [classes] */
  readonly logits: Float32Array;
  /** By tap: [P, units]. */
  readonly activations: Readonly<Record<string, Float32Array>>;
}

export class Session {
  readonly root: URL;
  readonly manifest: ModelWeights;
  readonly reference: ReferenceData;
  /** The page's neuron. */
  readonly unit: UnitData | undefined;
  readonly backend: BackendName;
  readonly #connection: Connection;
  readonly #preparer: Preparer;

  private constructor(
    root: URL,
    [manifest, reference, unit]: readonly [ModelWeights, ReferenceData, UnitData | undefined],
    backend: BackendName,
    connection: Connection,
  ) {
    this.root = root;
    this.manifest = manifest;
    this.reference = reference;
    this.unit = unit;
    this.backend = backend;
    this.#connection = connection;
    this.#preparer = new Preparer(manifest.preprocessing);
  }

  /** @throws Error where a file does not come, WorkerFailure where nothing here can run the model */
  static async open(facts: PageFacts, onUnasked: (told: Unasked) => void): Promise<Session> {
    const { root, model, unit } = facts;
    const read = <T>(path: string) => readJson<T>(new URL(`api/${model}/${path}.json`, root));
    const files = await Promise.all([
      read<ModelWeights>("weights"),
      read<ReferenceData>("reference"),
      unit && read<UnitData>(`${unit.tap}/${unit.index}`),
    ]);
    const connection = new Connection(onUnasked);
    try {
      const source = { manifest: files[0], root: root.href };
      const { backend } = await connection.ask({ ask: "open", model: source, backend: facts.backend });
      return new Session(root, files, backend, connection);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** @throws UnfitPicture, WorkerFailure */
  async look(picture: Blob | ImageBitmap): Promise<Sight> {
    const prepared = await this.#preparer.prepare(picture);
    const taps = this.reference.layers.map(({ tap }) => tap);
    const { logits, activations } = await this.#connection.ask({
      ask: "probe",
      probe: { image: prepared.image, taps },
    });
    return { ...prepared, logits, activations };
  }

  close(): void {
    this.#connection.close();
    this.#preparer.close();
  }
}

async function readJson<T>(url: URL): Promise<T> {
  const response = await fetch(url).catch(() => {
    throw new Error(`${url.pathname}: expected a file, got no connection; try again when you are online`);
  });
  if (response.ok) return response.json();
  throw new Error(`${url.pathname}: expected a file, got ${response.status}; reload the page`);
}
