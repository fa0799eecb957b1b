/** What a reader's own image is compared with, as `format/reference-data.ts` describes it. */

import type { APIRoute, GetStaticPaths } from "astro";
import { readModel, readModels } from "../../../site/data.ts";
import { json } from "../../../site/json.ts";
import { referenceOf } from "../../../site/reference.ts";

export const getStaticPaths: GetStaticPaths = () => readModels().map(({ id }) => ({ params: { model: id } }));

export const GET: APIRoute = ({ params }) => json(referenceOf(readModel(params.model!)));
