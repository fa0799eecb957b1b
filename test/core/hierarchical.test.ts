/** What the hierarchical families refuse, and in which words. */
import { expect, test } from "vitest";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { hierarchicalModels } from "#test/support/tiny-hierarchical.ts";

const changed = (
  name: string,
  config: Readonly<Record<string, unknown>>,
  imageSize?: number,
): ModelConfig => {
  const model = hierarchicalModels[name]!;
  return {
    ...model,
    config: { ...(model.config as object), ...config },
    imageSize: imageSize ?? model.imageSize,
  };
};

test.each<[string, ModelConfig, string]>([
  [
    "heads for other stages than there are",
    changed("tiny swin", { heads: [2] }),
    "swin: expected heads for each of 2 stages, got 1; give depths and heads as lists of one length",
  ],
  [
    "windows that do not divide the map",
    changed("tiny swin", { window: 3 }),
    "swin: expected window to divide grid of stage 1, got 3 and 8",
  ],
  [
    "a class token that never enters",
    changed("tiny convit", { localBlocks: 3 }),
    'convit: expected "localBlocks" to be below depth = 3, got 3; the class token enters after them',
  ],
  [
    "a pooling whose channels are no multiple",
    changed("tiny pit", { headWidths: [4, 5], heads: [2, 2] }),
    "pit: expected the width of stage 1 to divide that of stage 2, got 8 and 10; the pooling convolution has one group a channel",
  ],
  [
    "patches larger than the image",
    changed("tiny pit", { patchSize: 32 }),
    "pit: expected patchSize to be at most imageSize, got 32 and 24; give pixels",
  ],
  [
    "reductions that do not divide the map",
    changed("tiny twins pcpvt", { reductions: [3, 1] }),
    "twins: expected reduction to divide grid of stage 1, got 3 and 8",
  ],
  [
    "windows for other stages than there are",
    changed("tiny twins svt", { windows: [4] }),
    'twins: expected "windows" to have an entry for each of 2 stages, got 1; give lists of one length',
  ],
  [
    "parallel blocks over scales of different width",
    changed("tiny coat lite", { parallelDepth: 1 }),
    "coat: expected widths and mlpRatios of the last three scales to be equal, got 8,8,16,8 and 1,2,1,1; parallel blocks share one feed-forward layer among them",
  ],
  [
    "an image that the coarsest scale does not divide",
    changed("tiny coat", {}, 36),
    "coat: expected the coarsest patch to divide imageSize, got 32 and 36",
  ],
  [
    "an image that the stem does not divide",
    changed("tiny levit", {}, 40),
    "levit: expected the stem's stride to divide imageSize, got 16 and 40",
  ],
])("%s are refused with the reason", (_, model, message) => {
  expect(() => openModel(model)).toThrow(message);
});

test("a parallel block of CoaT has one tap, at the finest of the three scales that share its layer", () => {
  const taps = openModel(hierarchicalModels["tiny coat"]!).taps.filter(({ name }) =>
    name.startsWith("parallel"),
  );
  expect(taps.map(({ name, grid }) => ({ name, grid }))).toEqual([
    { name: "parallel_blocks.0.mlp2.act", grid: [4, 4] },
  ]);
});
