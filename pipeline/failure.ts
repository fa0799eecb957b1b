/**
 * Expected failures of the pipeline: bad input, missing files, absent devices.
 *
 * Every one has the same five parts, so that each can be printed in one place (`cli.ts`) in one form and
 * handed to machines as JSON. Not for bugs: those are plain errors whose message starts with `internal:`.
 */

/** Every way in which a run may end, or leave something out, without the program being wrong. */
export type Reason =
  | "config-invalid"
  | "model-unknown"
  | "tap-unknown"
  | "unit-out-of-range"
  | "weights-missing"
  | "weights-invalid"
  | "weights-mismatch"
  | "weights-unsafe"
  | "hub-refused"
  | "hub-missing"
  | "network-failed"
  | "network-off"
  | "download-corrupt"
  | "image-unreadable"
  | "images-empty"
  | "device-missing"
  | "device-failed"
  | "object-corrupt"
  | "object-missing"
  | "disk-full"
  | "interrupted"
  | "data-missing"
  | "site-failed"
  | "usage";

export interface Failure {
  readonly reason: Reason;
  /** File, model, tensor or option that is wrong. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  /** What the reader of the message can do now. */
  readonly next: string;
}

/** Carries a `Failure` up to the one place that prints it. */
export class AtlasFailure extends Error {
  readonly failure: Failure;

  constructor(reason: Reason, where: string, expected: string, got: string, next: string) {
    const failure = { reason, where, expected, got, next };
    super(describeFailure(failure));
    this.name = "AtlasFailure";
    this.failure = failure;
  }
}

/** `where: expected …, got …; next step`, the one form of every message. */
export function describeFailure({ where, expected, got, next }: Failure): string {
  return `${where}: expected ${expected}, got ${got}; ${next}`;
}
