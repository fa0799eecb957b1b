/** Runs programs by onnxruntime: the CPU, WebGPU (bundled, any vendor) or CUDA provider. */
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import * as ort from "onnxruntime-node";
import { AtlasFailure } from "../failure.ts";
import { inputName, lower, outputName, paramName, type Target } from "../trace/lower/index.ts";
import type { Program } from "../trace/trace.ts";
import type { Place } from "../weights/read.ts";
import type { BoundWeights } from "./bind.ts";
import { checkFeeds } from "./check.ts";
import type { Arrays, Runner } from "./index.ts";

// What onnxruntime would print as errors it also throws, and it reaches the user as a failure.
ort.env.logLevel = "fatal";

/**
 * Opens a session for a program with its weights.
 *
 * @throws AtlasFailure device-missing, device-failed
 */
export async function openSession(
  program: Program,
  weights: BoundWeights,
  target: Target,
  threads = availableParallelism(),
): Promise<Runner> {
  const model = lower(program.name, program.graph, target, placesOf(weights));
  const session = await create(model, program, weights, target, threads);
  const fed = Object.entries(program.inputs).filter(([name]) => session.inputNames.includes(inputName(name)));

  return {
    async run(feeds) {
      checkFeeds(program.name, program.inputs, feeds);
      const tensors: Record<string, ort.Tensor> = {};
      for (const [name, { shape, dtype }] of fed)
        tensors[inputName(name)] = new ort.Tensor(dtype, feeds[name]!, shape);
      const results = await session.run(tensors).catch((error: unknown) => {
        throw failed(program.name, target, error);
      });
      const arrays: Arrays = {};
      for (const name of Object.keys(program.outputs))
        arrays[name] = results[outputName(name)]!.data as Float32Array | Int32Array;
      return arrays;
    },
    dispose: () => session.release(),
  };
}

function placesOf(weights: BoundWeights): Readonly<Record<string, Place>> {
  const places: Record<string, Place> = {};
  for (const [name, weight] of Object.entries(weights)) if ("place" in weight) places[name] = weight.place;
  return places;
}

async function create(
  model: Uint8Array,
  program: Program,
  weights: BoundWeights,
  target: Target,
  threads: number,
): Promise<ort.InferenceSession> {
  const externalData = Object.entries(weights).flatMap(([name, weight]) => {
    if ("place" in weight) return [];
    const { buffer, byteOffset, byteLength } = weight.data;
    return [{ path: paramName(name), data: new Uint8Array(buffer, byteOffset, byteLength) }];
  });
  const [place] = Object.values(placesOf(weights));
  // On the CPU onnxruntime maps the file into memory: all programs of a model then share one copy of its weights.
  const folder = place && { model_external_initializers_file_folder_path: dirname(place.file) };
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: [PROVIDER[target]],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      // Patterns are for shapes that change; with them a DeiT-Tiny step peaks at 977 MB instead of 685.
      enableMemPattern: false,
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
      // Spinning threads gain nothing on an idle machine and halve the speed on a busy one.
      extra: { session: { intra_op: { allow_spinning: "0" }, ...folder } },
      externalData,
    });
  } catch (error) {
    throw unavailable(program.name, target, error);
  }
}

const PROVIDER: Readonly<Record<Target, ort.InferenceSession.ExecutionProviderConfig>> = {
  cpu: "cpu",
  // In its preferred NHWC layout onnxruntime 1.30 convolves 6 to 8 channels at stride 2 wrongly.
  webgpu: { name: "webgpu", preferredLayout: "NCHW" },
  cuda: "cuda",
};

const REMEDY: Readonly<Record<Target, string>> = {
  cpu: "this is a bug of the lowering; please report it with the program's name",
  webgpu: "check the GPU driver (Vulkan, Metal or D3D12), or use --device cpu",
  cuda: "install CUDA and run npm run gpu:ort, or use --device webgpu or cpu",
};

function unavailable(where: string, target: Target, error: unknown): Error {
  const message = firstLine(error);
  if (target === "cpu") return new Error(`internal: ${where}: onnxruntime refuses the model: ${message}`);
  return new AtlasFailure(
    "device-missing",
    `--device ${target}`,
    "a device that opens",
    message,
    REMEDY[target],
  );
}

function failed(where: string, target: Target, error: unknown): AtlasFailure {
  return new AtlasFailure("device-failed", where, `a run on ${target}`, firstLine(error), REMEDY[target]);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
