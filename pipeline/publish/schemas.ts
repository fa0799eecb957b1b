/** `schemas/<name>.json`: the shape of every published file, beside the data. */
import { jsonSchema, jsonSchemaSchema, schemaNames } from "#format/schemas.ts";
import type { Publication } from "./publication.ts";

export async function publishSchemas(publication: Publication): Promise<void> {
  for (const name of schemaNames) {
    await publication.file(`schemas/${name}.json`, jsonSchemaSchema, jsonSchema(name));
  }
}
