/**
 * The zoo: every published checkpoint that the atlas knows by name. A family is one file beside this one, and one line
 * in `families`.
 */
import { AtlasFailure } from "../failure.ts";
import { nearest } from "../suggest.ts";
import { clipResnets } from "./clip-resnet.ts";
import { clipVits } from "./clip-vit.ts";
import { coats } from "./coat.ts";
import { convits } from "./convit.ts";
import { deits } from "./deit.ts";
import { densenets } from "./densenet.ts";
import { dinos } from "./dino.ts";
import type { ZooEntry } from "./entry.ts";
import { levits } from "./levit.ts";
import { mixers } from "./mixer.ts";
import { mobilenets } from "./mobilenet.ts";
import { pits } from "./pit.ts";
import { resmlps } from "./resmlp.ts";
import { resnets } from "./resnet.ts";
import { swins } from "./swin.ts";
import { allTwins } from "./twins.ts";
import { vggs } from "./vgg.ts";
import { vits } from "./vit.ts";

const families: readonly (readonly ZooEntry[])[] = [
  vits,
  deits,
  dinos,
  clipVits,
  mixers,
  resmlps,
  resnets,
  clipResnets,
  mobilenets,
  densenets,
  vggs,
  swins,
  convits,
  pits,
  allTwins,
  coats,
  levits,
];

export const zoo: readonly ZooEntry[] = families.flat();

const namesOf = ({ id, hub, aliases = [] }: ZooEntry): readonly string[] => [id, hub, ...aliases];

/** The entry of an id, a repository or an alias, in any case. */
export function findEntry(name: string): ZooEntry | undefined {
  const wanted = name.toLowerCase();
  const isWanted = (candidate: string) => candidate.toLowerCase() === wanted;
  return zoo.find(({ id }) => isWanted(id)) ?? zoo.find((entry) => namesOf(entry).some(isWanted));
}

/** @throws AtlasFailure model-unknown with what was probably meant */
export function entryOf(name: string): ZooEntry {
  const entry = findEntry(name);
  if (entry) return entry;
  const guess = nearest(name, zoo.flatMap(namesOf));
  const next = guess ? `did you mean "${guess}"?` : "`npm run atlas -- models` lists the zoo";
  throw new AtlasFailure("model-unknown", `"${name}"`, "a model of the zoo", "an unknown one", next);
}
