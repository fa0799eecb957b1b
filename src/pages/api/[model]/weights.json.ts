/** What a page loads a model's weights by, for the models whose weights are published. */

import type { APIRoute, GetStaticPaths } from "astro";
import { readModels, readWeights } from "../../../site/data.ts";
import { json } from "../../../site/json.ts";

export const getStaticPaths: GetStaticPaths = () =>
  readModels()
    .filter(({ id }) => readWeights(id))
    .map(({ id }) => ({ params: { model: id } }));

export const GET: APIRoute = ({ params }) => json(readWeights(params.model!));
