/** JSON Schemas of all that is published, from the schemas that both sides check against, for those who reuse it. */
import { z } from "zod";
import {
  atlasDataSchema,
  imageSetDataSchema,
  layerDataSchema,
  modelDataSchema,
  picturebookDataSchema,
} from "./atlas-data.ts";
import { experimentDataSchema } from "./experiment.ts";
import { modelWeightsSchema } from "./model-weights.ts";
import { referenceDataSchema } from "./reference-data.ts";
import { unitDataSchema } from "./unit-data.ts";

const SCHEMAS = {
  atlas: atlasDataSchema,
  model: modelDataSchema,
  layer: layerDataSchema,
  unit: unitDataSchema,
  weights: modelWeightsSchema,
  reference: referenceDataSchema,
  images: imageSetDataSchema,
  picturebook: picturebookDataSchema,
  experiment: experimentDataSchema,
} as const;

export type SchemaName = keyof typeof SCHEMAS;

export const schemaNames = Object.keys(SCHEMAS) as readonly SchemaName[];

/** What a JSON Schema is, as far as the atlas cares. */
export const jsonSchemaSchema = z.looseObject({ $schema: z.string(), properties: z.looseObject({}) });

/** @see https://json-schema.org/draft/2020-12 */
export function jsonSchema(name: SchemaName): z.infer<typeof jsonSchemaSchema> {
  return jsonSchemaSchema.parse(z.toJSONSchema(SCHEMAS[name]));
}
