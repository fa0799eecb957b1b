/** What blocks cost, counted in the graph: against the names of parameters, the whole's count, and published figures. */
import { describe, expect, test } from "vitest";
import { forwardDefinition } from "#core/ascent.ts";
import { type Model, openModel } from "#core/models/index.ts";
import { networkData, trainableSizes } from "#pipeline/publish/network.ts";
import { trace } from "#pipeline/trace/trace.ts";
import { entryOf } from "#pipeline/zoo/index.ts";
import { tinyModels } from "#test/support/tiny.ts";

describe.each(Object.entries(tinyModels))("the blocks of %s", (_, config) => {
  const model = openModel(config);
  const { blocks, head } = networkData(model);
  const all = [...blocks, head];

  test("have every trainable parameter once, and every operation of a forward pass", () => {
    const sizes = [...trainableSizes(model.parameters).values()];
    expect(all.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(sizes.reduce((a, b) => a + b));
    expect(all.reduce((sum, { flops }) => sum + flops, 0)).toBe(
      trace(forwardDefinition(config, [], 1)).flops,
    );
  });

  test("have the parameters that a tap needs and no tap before it", () => {
    expect(blocks.map(({ parameters }) => parameters)).toEqual(newParameters(model));
  });

  test("are the taps, with their units and grids", () => {
    expect(blocks.map(({ tap, units, grid }) => [tap, units, grid])).toEqual(
      model.taps.map(({ name, units, grid }) => [name, units, [...grid]]),
    );
    expect(head.classes).toBe(config.numClasses);
  });
});

/** By what the architecture says of each tap, without any graph. */
function newParameters({ taps, parameters, featureParameters }: Model): number[] {
  const sizes = trainableSizes(parameters);
  const known = new Set<string>();
  return taps.map(({ name: tap }) => {
    const fresh = featureParameters(tap).filter(({ name }) => !known.has(name));
    for (const { name } of fresh) known.add(name);
    return fresh.reduce((sum, { name }) => sum + (sizes.get(name) ?? 0), 0);
  });
}

/**
 * Multiply-adds in units of 10⁹: "GFLOPS" of torchvision's page of each model, and table 1 of Liu et al. 2021,
 * https://arxiv.org/abs/2103.14030. Both are rounded to two digits.
 */
test.each([
  ["resnet50", 4.09],
  ["mobilenetv2_100", 0.3],
  ["swin_tiny_patch4_window7_224", 4.5],
  ["swin_large_patch4_window12_384", 103.9],
])("%s takes as many operations as was published", (id, multiplyAdds) => {
  const { architecture, config, preprocessing } = entryOf(id);
  const [imageSize, mean, std] = [preprocessing.size, [0, 0, 0], [1, 1, 1]] as const;
  const { blocks, head } = networkData(
    openModel({ architecture, config, imageSize, mean, std, numClasses: 1000 }),
  );
  const flops = [...blocks, head].reduce((sum, block) => sum + block.flops, 0);
  expect(Math.abs(flops / 2e9 / multiplyAdds - 1)).toBeLessThan(0.01);
});

test("a model without classes ends in its features", () => {
  const { head } = networkData(openModel({ ...tinyModels["tiny vit"]!, numClasses: 0 }));
  expect(head.classes).toBe(0);
  expect(head.outputs).toBeGreaterThan(1);
});
