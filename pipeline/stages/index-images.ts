/**
 * Opens the image set, and turns what is known of its images into labellings that units are compared with.
 *
 * Files that cannot be read are counted, reported and left out; they never cost the build.
 */
import { join, resolve } from "node:path";
import type { Label } from "#format/labels.ts";
import { type Build, found } from "../build.ts";
import type { AtlasConfig } from "../config.ts";
import { AtlasFailure } from "../failure.ts";
import { type FolderIndex, openFolder } from "../images/folder.ts";
import type { ImageFacts, ImageSet } from "../images/image-set.ts";
import { openPicturebook } from "../images/picturebook-set.ts";
import type { Labelling } from "../statistics/selectivity.ts";
import { writeWhole } from "../store/disk.ts";
import { digestOf, readIfThere } from "../store/objects.ts";

export type LabelKind = "class" | "scene" | "texture" | "concept";

export interface ImageIndex {
  readonly set: ImageSet;
  readonly title: string;
  readonly description: string;
  /** Images that are used: the first so many of the set. */
  readonly length: number;
  /** Only kinds of which something is known. */
  readonly labellings: Readonly<Partial<Record<LabelKind, Labelling>>>;
}

/** @throws AtlasFailure images-empty */
export async function indexImages(build: Build): Promise<void> {
  const { images } = build.config;
  const set = images.kind === "picturebook" ? openPicturebook(images) : await openPhotographs(build, images);
  const length = Math.min(set.length, images.count ?? set.length);
  for (const { file, why } of set.skipped) build.report({ type: "note", text: `skipped ${file}: ${why}` });
  if (set.skipped.length > 0) {
    const total = set.length + set.skipped.length;
    build.report({
      type: "note",
      text: `${set.skipped.length} of ${total} files were skipped, ${set.length} are used`,
    });
  }
  build.found.images = {
    set,
    length,
    labellings: labellingsOf(set, length),
    ...(images.kind === "picturebook"
      ? {
          title: "The picturebook",
          description: "A drawn world in which everything about an image is known.",
        }
      : { title: set.name, description: images.description }),
  };
}

type Folder = Extract<AtlasConfig["images"], { kind: "folder" }>;

/**
 * Opening decodes every file once. What that found is kept beside the store, by the folder's path, and bytes that are
 * known are not decoded again.
 */
async function openPhotographs(build: Build, { path, name }: Folder): Promise<ImageSet> {
  const { config, store, report } = build;
  const folder = resolve(config.folder, path);
  const cache = join(store.root, "folders", `${digestOf(folder)}.json`);
  const known = parse(await readIfThere(cache));
  const labels = commonLabels(build);
  const set = await openFolder(folder, {
    ...(name !== undefined && { name }),
    ...(known && { known }),
    ...(labels && { labels }),
    onProgress: (done, total) =>
      report({ type: "progress", stage: "index-images", of: folder, done, total, fresh: 0, unit: "files" }),
  });
  await writeWhole(store.disk, join(store.root, "scratch"), cache, JSON.stringify(set.index));
  return set;
}

function parse(text: Buffer | undefined): FolderIndex | undefined {
  try {
    return text && (JSON.parse(text.toString()) as FolderIndex);
  } catch {
    return undefined;
  }
}

/** The classes that photographs are sorted into: those of the models that have any, which must agree. */
function commonLabels(build: Build): readonly Label[] | undefined {
  const [first, ...others] = found(build, "models").filter(({ labels }) => labels.length > 0);
  const text = (labels: readonly Label[]) => JSON.stringify(labels);
  const odd = others.find(({ labels }) => text(labels) !== text(first!.labels));
  if (odd) {
    throw new AtlasFailure(
      "config-invalid",
      `${build.config.file}: "models"`,
      "models with the same labels, to look at one folder",
      `others in "${odd.card.id}" than in "${first!.card.id}"`,
      "make an atlas of each",
    );
  }
  return first?.labels;
}

function labellingsOf(set: ImageSet, length: number): Partial<Record<LabelKind, Labelling>> {
  const facts = Array.from({ length }, (_, i) => set.facts(i));
  const single = (of: (facts: ImageFacts) => string | null) => named(facts.map((entry) => wrap(of(entry))));
  const classes: Labelling = {
    names: set.classes,
    groups: (i) => wrap(facts[i]!.classIndex),
  };
  const kinds: Record<LabelKind, Labelling> = {
    class: classes,
    scene: single(({ scene }) => scene),
    texture: single(({ texture }) => texture),
    concept: named(facts.map(({ concepts }) => concepts)),
  };
  return Object.fromEntries(Object.entries(kinds).filter(([, labelling]) => says(labelling, length)));
}

/**
 * Whether a labelling can say something of a unit: two images a group on average, at the least. One image a group
 * explains all variance of every unit, and the unit of the smallest index would pass for the most selective.
 */
function says({ groups }: Labelling, length: number): boolean {
  const memberships = Array.from({ length }, (_, i) => groups(i) ?? []).flat();
  return memberships.length > 0 && memberships.length >= 2 * new Set(memberships).size;
}

const wrap = <T>(value: T | null): readonly T[] | null => (value === null ? null : [value]);

/** Names in the order of the alphabet, and the groups of each image in that order. */
function named(labels: readonly (readonly string[] | null)[]): Labelling {
  const names = [...new Set(labels.flatMap((entry) => entry ?? []))].sort();
  const indices = new Map(names.map((name, i) => [name, i]));
  const groups = labels.map(
    (entry) => entry?.map((name) => indices.get(name)!).sort((a, b) => a - b) ?? null,
  );
  return { names, groups: (i) => groups[i]! };
}
