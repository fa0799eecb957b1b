/**
 * A network as a list of steps, and what an `Architecture` offers, derived from it.
 *
 * Where stages differ, a path written out for `forward`, again for `feature` and once more as names of parameters
 * would be the same knowledge three times. A step says what it reads and what it does; a tapped one also where its
 * hidden layer is. Not for the layers themselves (`transformer-steps.ts`, and each family's own).
 */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { ParamSpec, Params } from "../params.ts";
import type { Architecture, ForwardOptions, ForwardResult, Tap } from "./architecture.ts";
import { chosen, findTap } from "./taps.ts";

/** What a step computes with, besides what flows through the network. */
export interface Context {
  readonly params: Params;
  /** Where batch norms leave their new running statistics; present when training. */
  readonly statistics?: Record<string, Tensor>;
}

/** A part of a network, from state to state: of most families the tokens [B, N, C]. */
export interface Step<From, To = From> {
  readonly parameters: readonly ParamSpec[];
  run(state: From, context: Context): To;
}

/** A residual feed-forward layer, whose hidden layer is a tap. */
export interface TappedStep<State> {
  readonly tap: Omit<Tap, "depth">;
  /** Those that the hidden layer reads at the tap. */
  readonly before: readonly ParamSpec[];
  /** The others. */
  readonly after: readonly ParamSpec[];
  /** The next state, and the activations at the tap [B, P, units] for who wants them. */
  run(state: State, context: Context): { readonly state: State; activations(): Tensor3D };
  /** The activations alone. */
  activations(state: State, context: Context): Tensor3D;
  /** One chosen unit an image, [B, P]; reads only its rows. `unit` as in `Architecture.feature`. */
  chosen(state: State, context: Context, unit: Tensor1D): Tensor2D;
}

export interface Network<State> {
  readonly stem: Step<Tensor4D, State>;
  readonly steps: readonly (Step<State> | TappedStep<State>)[];
  /** From the last state to the logits. */
  readonly head: Step<State, Tensor2D>;
}

const isTapped = <S>(step: Step<S> | TappedStep<S>): step is TappedStep<S> => "tap" in step;

/** A parameter that several steps share is one parameter. */
function distinct(specs: readonly ParamSpec[]): readonly ParamSpec[] {
  return [...new Map(specs.map((spec) => [spec.name, spec])).values()];
}

/**
 * The architecture of a family whose network is a sequence.
 *
 * @param network the steps of a checked configuration; called anew by every function, so it makes no tensors
 */
export function sequential<C, State>(
  name: string,
  parse: (config: unknown) => C,
  network: (config: C) => Network<State>,
): Architecture<C> {
  const taps = (config: C): readonly Tap[] =>
    network(config)
      .steps.filter(isTapped)
      .map((step, depth) => ({ ...step.tap, depth }));

  /** The tapped step with all that comes before it. */
  const until = (config: C, tap: string) => {
    findTap(name, taps(config), tap);
    const { stem, steps } = network(config);
    const place = steps.findIndex((step) => isTapped(step) && step.tap.name === tap);
    return { stem, earlier: steps.slice(0, place), tapped: steps[place] as TappedStep<State> };
  };

  const stateBefore = (config: C, images: Tensor4D, context: Context, tap: string) => {
    const { stem, earlier, tapped } = until(config, tap);
    let state = stem.run(images, context);
    for (const step of earlier)
      state = isTapped(step) ? step.run(state, context).state : step.run(state, context);
    return { state, tapped };
  };

  const parametersOf = (step: Step<State> | TappedStep<State>): readonly ParamSpec[] =>
    isTapped(step) ? [...step.before, ...step.after] : step.parameters;

  return {
    name,
    parse,
    taps,

    parameters(config) {
      const { stem, steps, head } = network(config);
      return distinct([...stem.parameters, ...steps.flatMap(parametersOf), ...head.parameters]);
    },

    featureParameters(config, tap) {
      const { stem, earlier, tapped } = until(config, tap);
      return distinct([...stem.parameters, ...earlier.flatMap(parametersOf), ...tapped.before]);
    },

    forward(config, images, params, options: ForwardOptions): ForwardResult {
      const { stem, steps, head } = network(config);
      const wanted = chosen(name, taps(config), options.taps);
      const statistics: Record<string, Tensor> = {};
      const context: Context = options.training ? { params, statistics } : { params };
      const found: Record<string, Tensor3D> = {};
      let state = stem.run(images, context);
      for (const step of steps) {
        if (isTapped(step)) {
          const { state: next, activations } = step.run(state, context);
          if (wanted.has(step.tap.name)) found[step.tap.name] = activations();
          state = next;
        } else state = step.run(state, context);
      }
      const logits = head.run(state, context);
      return options.training ? { logits, taps: found, statistics } : { logits, taps: found };
    },

    feature(config, images, params, tap, unit) {
      const { state, tapped } = stateBefore(config, images, { params }, tap);
      return tapped.chosen(state, { params }, unit);
    },

    activations(config, images, params, tap) {
      const { state, tapped } = stateBefore(config, images, { params }, tap);
      return tapped.activations(state, { params });
    },
  };
}
