/** The schemas that are published beside the data. */

import type { APIRoute, GetStaticPaths } from "astro";
import { jsonSchema, type SchemaName, schemaNames } from "#format/schemas.ts";
import { json } from "../../../site/json.ts";

export const getStaticPaths: GetStaticPaths = () => schemaNames.map((name) => ({ params: { name } }));

export const GET: APIRoute = ({ params }) => json(jsonSchema(params.name as SchemaName));
