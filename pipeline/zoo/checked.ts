/**
 * What an entry of the zoo was checked against: how far it is from its reference implementation.
 *
 * `checked.json` is written by the tests of the zoo (test/core/zoo-variants.test.ts) and only read here.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";

const checkedSchema = z.record(
  z.string(),
  z.object({
    /** Names, shapes and number of all parameters agree. */
    parameterList: z.boolean(),
    /** Largest relative errors of a run with equal weights, where there was one. */
    forward: z.number().optional(),
    gradient: z.number().optional(),
    /** "timm 1.0.15" */
    reference: z.string(),
  }),
);
export type Checked = z.infer<typeof checkedSchema>[string];

/** By id of the entry. */
export async function readChecked(): Promise<Readonly<Record<string, Checked>>> {
  return checkedSchema.parse(JSON.parse(await readFile(new URL("./checked.json", import.meta.url), "utf8")));
}

/** "timm 1.0.15: parameters, forward 1.2e-6, gradient 3.4e-6" */
export function describeChecked({ parameterList, forward, gradient, reference }: Checked): string {
  const error = (name: string, value?: number) =>
    value === undefined ? [] : [`${name} within ${value.toExponential(1)}`];
  const parts = [
    ...(parameterList ? ["parameters"] : []),
    ...error("forward", forward),
    ...error("gradient", gradient),
  ];
  return `${reference}: ${parts.join(", ")}`;
}
