/**
 * A grid over the picture, one cell a patch: hover, tap, or the arrow keys.
 *
 * A cell that is tapped, or pressed with Enter, stays chosen until another is, or until Escape.
 */

/** More cells than this on a side are neither seen nor hit; finer maps are then read at the cells' centres. */
const MOST = 16;

export type Grid = readonly [rows: number, columns: number];

const MOVES: Readonly<Record<string, Grid>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Where a patch lies: its centre from 0 to 1, and its name. */
export interface Patch {
  readonly x: number;
  readonly y: number;
  readonly name: string;
}

export class PatchGrid {
  readonly #element: HTMLElement;
  readonly #onPatch: (patch: Patch | undefined) => void;
  #cells: HTMLElement[] = [];
  #grid: Grid = [0, 0];
  #shown: number | undefined;
  #pinned: number | undefined;

  /** `onPatch` is called with the patch that is looked at, or with none for the whole picture. */
  constructor(element: HTMLElement, onPatch: (patch: Patch | undefined) => void) {
    this.#element = element;
    this.#onPatch = onPatch;
    element.setAttribute("role", "grid");
    element.setAttribute("aria-label", "Patches of the picture; the arrow keys go from patch to patch");
    const cellOf = ({ target }: Event) => this.#cells.indexOf(target as HTMLElement);
    element.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse") this.#show(cellOf(event));
    });
    element.addEventListener("pointerleave", () => this.#show(this.#pinned));
    element.addEventListener("focusin", (event) => this.#show(cellOf(event)));
    element.addEventListener("focusout", () => this.#show(this.#pinned));
    element.addEventListener("click", (event) => this.#pin(cellOf(event)));
    element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Makes the cells anew, with none chosen. */
  reset([rows, columns]: Grid): void {
    this.#grid = [Math.min(rows, MOST), Math.min(columns, MOST)];
    this.#element.replaceChildren(...Array.from({ length: this.#grid[0] }, (_, row) => this.#rowOf(row)));
    this.#cells = [...this.#element.querySelectorAll<HTMLElement>("[role=gridcell]")];
    this.#cells[0]!.tabIndex = 0;
    this.#shown = undefined;
    this.#pinned = undefined;
  }

  #rowOf(row: number): HTMLElement {
    const element = document.createElement("div");
    element.setAttribute("role", "row");
    for (let column = 0; column < this.#grid[1]; column++) {
      const cell = document.createElement("div");
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-label", `row ${row + 1}, column ${column + 1}`);
      cell.tabIndex = -1;
      element.append(cell);
    }
    return element;
  }

  #onKey(event: KeyboardEvent): void {
    const from = this.#cells.indexOf(document.activeElement as HTMLElement);
    const to = this.#target(event.key, from);
    if (event.key === "Enter" || event.key === " ") this.#pin(from);
    else if (event.key === "Escape") this.#pin(this.#pinned ?? -1);
    else if (to === undefined) return;
    else this.#focus(to);
    event.preventDefault();
    // The page's own keys go from neuron to neuron.
    event.stopPropagation();
  }

  /** The cell that a key leads to. */
  #target(key: string, from: number): number | undefined {
    const [rows, columns] = this.#grid;
    const row = Math.floor(from / columns);
    if (key === "Home") return row * columns;
    if (key === "End") return row * columns + columns - 1;
    const move = MOVES[key];
    if (!move) return undefined;
    const clamp = (value: number, cells: number) => Math.min(cells - 1, Math.max(0, value));
    return clamp(row + move[0], rows) * columns + clamp((from % columns) + move[1], columns);
  }

  #focus(index: number): void {
    for (const [i, cell] of this.#cells.entries()) cell.tabIndex = i === index ? 0 : -1;
    this.#cells[index]!.focus();
  }

  /** Chooses a cell, or lets it go where it is chosen already. */
  #pin(index: number): void {
    this.#pinned = index < 0 || index === this.#pinned ? undefined : index;
    for (const [i, cell] of this.#cells.entries()) {
      if (i === this.#pinned) cell.setAttribute("aria-selected", "true");
      else cell.removeAttribute("aria-selected");
    }
    this.#show(this.#pinned);
  }

  #show(index: number | undefined): void {
    if (index === -1 || index === this.#shown) return;
    this.#shown = index;
    this.#onPatch(index === undefined ? undefined : this.#patch(index));
  }

  #patch(index: number): Patch {
    const [rows, columns] = this.#grid;
    const [row, column] = [Math.floor(index / columns), index % columns];
    return {
      x: (column + 0.5) / columns,
      y: (row + 0.5) / rows,
      name: `row ${row + 1}, column ${column + 1}`,
    };
  }
}
