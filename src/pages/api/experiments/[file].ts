/** An experiment as files: its data, its table and its chart. */

import type { APIRoute, GetStaticPaths } from "astro";
import sharp from "sharp";
import { experimentChart } from "#charts/experiment-chart.ts";
import type { ExperimentData } from "#format/experiment.ts";
import { csv, latex } from "../../../site/experiment-table.ts";
import { readExperiment, readExperiments } from "../../../site/experiments.ts";
import { standaloneSvg } from "../../../site/standalone-svg.ts";

const chart = (experiment: ExperimentData): string =>
  standaloneSvg(experimentChart({ width: 720, experiment }));

const FILES: Readonly<Record<string, (experiment: ExperimentData) => string | Promise<Uint8Array>>> = {
  json: (experiment) => JSON.stringify(experiment),
  csv,
  tex: latex,
  svg: chart,
  // Twice the size in CSS pixels, for print.
  png: (experiment) =>
    sharp(Buffer.from(chart(experiment)), { density: 144 })
      .png()
      .toBuffer(),
};

export const getStaticPaths: GetStaticPaths = () =>
  readExperiments().flatMap(({ id, rows }) =>
    Object.keys(FILES)
      .filter((extension) => rows.length > 0 || extension === "json")
      .map((extension) => ({ params: { file: `${id}.${extension}` } })),
  );

export const GET: APIRoute = async ({ params }) => {
  const [id, extension] = params.file!.split(".") as [string, string];
  const content = await FILES[extension]!(readExperiment(id));
  return new Response(typeof content === "string" ? content : Uint8Array.from(content));
};
