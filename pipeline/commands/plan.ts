/** `plan`: what a build would run, what is fresh, and roughly what the rest costs. */
import { found, type Surroundings } from "../build.ts";
import type { AtlasConfig } from "../config.ts";
import type { Output } from "../output.ts";
import { duration } from "../progress.ts";
import { weightsOf } from "../stages/visualize.ts";
import { look, type ModelSurvey, measureSpeed, survey } from "../survey.ts";

/** Jobs of one kind, and the cost of those that are not fresh. */
interface Line {
  readonly stage: string;
  readonly of: string;
  readonly unit: string;
  readonly total: number;
  readonly fresh: number;
  readonly flops: number;
  readonly seconds: number;
  /** Added to the atlas. */
  readonly bytes: number;
}

export async function plan(surroundings: Surroundings, output: Output): Promise<void> {
  const build = await look(surroundings);
  const speed = await measureSpeed(build);
  const { config } = build;
  const models = await survey(build);
  const lines = models.flatMap((model) => linesOf(model, speed, config));
  output.rows(
    lines.map((line) => ({ type: "jobs", ...line })),
    lines.map(cells),
  );
  const sum = (key: "flops" | "seconds" | "bytes") => lines.reduce((total, line) => total + line[key], 0);
  const total = { flops: sum("flops"), seconds: sum("seconds"), bytes: sum("bytes"), flopsPerSecond: speed };
  const attempts = attemptsOf(build);
  output.show(
    { type: "total", ...total, attempts },
    `total: ${flops(total.flops)}, about ${duration(total.seconds)} at ${flops(speed)}/s measured on ${config.device}, ` +
      `${megabytes(total.bytes)} more\n` +
      `ascents are counted once; a neuron takes up to ${attempts} where the first weight of the variation fails`,
  );
}

function attemptsOf(build: Awaited<ReturnType<typeof look>>): number {
  const all = [...found(build, "programs").values()].map(
    ({ recipe }) => weightsOf(build.config, recipe).length,
  );
  return Math.max(...all);
}

/** Bytes a pixel, measured: picturebook images as WebP, ascents of DeiT-Tiny as WebP, their final images as PNG. */
const IMAGE_BYTES = 0.25;
const STRIP_BYTES = 0.8;
const FINAL_BYTES = 2.9;

function linesOf(
  { model, imageSize, images, seen, flopsEach, layers }: ModelSurvey,
  speed: number,
  { examples, snapshots }: AtlasConfig,
): Line[] {
  const line = (jobs: Omit<Line, "flops" | "seconds" | "bytes">, flopsOfOne: number, bytesOfOne: number) => {
    const stale = jobs.total - jobs.fresh;
    return {
      ...jobs,
      flops: stale * flopsOfOne,
      seconds: (stale * flopsOfOne) / speed,
      bytes: stale * bytesOfOne,
    };
  };
  const image = IMAGE_BYTES * examples.size ** 2;
  const neuron = (FINAL_BYTES + STRIP_BYTES * snapshots) * imageSize ** 2;
  const measured = layers.filter((layer) => layer.measured).length;
  return [
    line({ stage: "top-images", of: model, unit: "images", total: images, fresh: seen }, flopsEach, image),
    line(
      { stage: "layer-statistics", of: model, unit: "layers", total: layers.length, fresh: measured },
      0,
      0,
    ),
    ...layers.map(({ tap, wanted, fresh, flopsEach: each }) =>
      line(
        { stage: "visualize", of: `${model}/${tap}`, unit: "neurons", total: wanted, fresh },
        each,
        neuron,
      ),
    ),
  ];
}

const cells = ({ stage, of, total, fresh, unit, flops: left, seconds, bytes }: Line): string[] => [
  stage,
  of,
  `${total - fresh} of ${total} ${unit} to do`,
  flops(left),
  duration(seconds),
  megabytes(bytes),
];

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function flops(count: number): string {
  const [unit, scale] = count >= 1e12 ? ["TFLOP", 1e12] : ["GFLOP", 1e9];
  return `${(count / (scale as number)).toFixed(1)} ${unit}`;
}
