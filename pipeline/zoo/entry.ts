/**
 * What is known of a published checkpoint before it is downloaded: all of its card but the digest.
 *
 * The zoo is data: one file a family beside this one, and `index.ts`, which gathers them. `atlas add` finds a tag
 * here, downloads the weights and writes the card.
 */
import type { ClipTextConfig } from "#core/models/clip-text.ts";
import type { KeyRule, Preprocessing } from "#format/model-card.ts";

export interface ZooEntry {
  /** Id of the card, and name of the model in the paper where it has one: "deit_tiny_patch16_224". */
  readonly id: string;
  /** Repository on the Hugging Face hub: "timm/deit_tiny_patch16_224.fb_in1k". */
  readonly hub: string;
  /** File in the repository; "model.safetensors" where absent. */
  readonly file?: string;
  /** Other ways in which people name it: the timm tag without "timm/", names that timm gave up. */
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly description: string;
  /** A key of `architectures`, and its configuration without image size and classes. */
  readonly architecture: string;
  readonly config: unknown;
  readonly preprocessing: Preprocessing;
  /** What the head tells apart; "none" is a model without a head, "clip" one whose classes are texts. */
  readonly labels: "imagenet-1k" | "imagenet-22k" | "none" | "clip";
  /** Of a CLIP model, the text tower: where its weights are, by open_clip's names. */
  readonly text?: { readonly hub: string; readonly file: string; readonly config: ClipTextConfig };
  readonly keyMap?: readonly KeyRule[];
  readonly license: string;
  /** Trainable parameters, as the reference counts them. */
  readonly parameters: number;
  /** Published accuracies, in 0–1, with their source. */
  readonly published?: readonly {
    readonly on: string;
    readonly top1: number;
    readonly top5?: number;
    readonly source: string;
  }[];
  readonly citation: {
    readonly type: string;
    readonly key: string;
    readonly fields: Readonly<Record<string, string>>;
  };
}
