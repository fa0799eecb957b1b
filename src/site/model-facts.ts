/** What a model's page says of its accuracy and its origin, as rows; not how they look. */

import type { ModelData } from "#format/atlas-data.ts";
import { count, fixed, percent, short } from "./numbers.ts";
import { wilsonInterval } from "./wilson.ts";

/** A text that may lead somewhere. */
export interface Linked {
  readonly text: string;
  readonly href?: string;
}

export interface AccuracyRow {
  readonly on: string;
  readonly top1: string;
  /** With the number of images, where it is known. */
  readonly interval?: string;
  readonly top5?: string;
  readonly source: Linked;
}

const digits = 1;

/** Measured first, then what others published. */
export function accuracyRows({ accuracy, imageSet, training, published = [] }: ModelData): AccuracyRow[] {
  const measured = (on: string, images: number, top1: number, top5: number | undefined, text: string) => ({
    on: `${on}, ${count(images)} images`,
    top1: percent(top1, digits),
    interval: intervalOf(top1, images),
    ...(top5 !== undefined && { top5: percent(top5, digits) }),
    source: { text },
  });
  const { heldOut } = training ?? {};
  return [
    ...(accuracy
      ? [measured(imageSet, accuracy.images, accuracy.top1, accuracy.top5, "measured by this atlas")]
      : []),
    ...(heldOut
      ? [
          measured(
            `held out, seed ${heldOut.seed}`,
            heldOut.images,
            heldOut.top1,
            undefined,
            "measured after training",
          ),
        ]
      : []),
    ...published.map(({ on, top1, top5, source }) => ({
      on,
      top1: percent(top1, digits),
      ...(top5 !== undefined && { top5: percent(top5, digits) }),
      source: linked(source),
    })),
  ];
}

/** "95.1–97.2 %" */
function intervalOf(share: number, images: number): string {
  const [low, high] = wilsonInterval(share, images);
  return `${fixed(low * 100, digits)}–${percent(high, digits)}`;
}

/** Where the weights come from, and on what terms. */
export function originRows({ license, source, hub, architecture, id }: ModelData): [string, Linked][] {
  return [
    ["id", { text: id }],
    ["architecture", { text: architecture }],
    ["licence", licence(license)],
    ["source", linked(source)],
    ...(hub
      ? [
          ["hub", { text: hub.repository, href: `https://huggingface.co/${hub.repository}` }] as [
            string,
            Linked,
          ],
          [
            "revision",
            {
              text: short(hub.revision),
              href: `https://huggingface.co/${hub.repository}/tree/${hub.revision}`,
            },
          ] as [string, Linked],
        ]
      : []),
  ];
}

/** SPDX lists its licences' texts; those of a LicenseRef are nobody's but the author's. */
const licence = (license: string): Linked =>
  /^[A-Za-z0-9.-]+$/.test(license) && !license.startsWith("LicenseRef-")
    ? { text: license, href: `https://spdx.org/licenses/${license}.html` }
    : { text: license };

/** An address becomes a link under the name of what it leads to: host and last part. */
function linked(text: string): Linked {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return { text };
  const { host, pathname } = new URL(text);
  const parts = pathname.split("/").filter(Boolean);
  const name = [host, ...(parts.length > 2 ? ["…", parts.at(-1)!] : parts)].join("/");
  return { text: name, href: text };
}
