/** Steps a second, of the last ones; the first is left out, because devices compile in it. */

const REMEMBERED = 20;

export class Pace {
  readonly #times: number[] = [];
  #steps = 0;

  /** A step is done. */
  tick(now: number = performance.now()): void {
    if (this.#steps++ === 0) return;
    this.#times.push(now);
    if (this.#times.length > REMEMBERED) this.#times.shift();
  }

  /** 0 before two steps can be told apart. */
  get stepsPerSecond(): number {
    const [first, last] = [this.#times[0], this.#times.at(-1)];
    if (first === undefined || last === undefined || last <= first) return 0;
    return (1000 * (this.#times.length - 1)) / (last - first);
  }
}
