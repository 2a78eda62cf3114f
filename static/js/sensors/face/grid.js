// @ts-check
/**
 * Rows at irregular frame times -> runs of rows exactly one slot apart, a tenth of a second at
 * most.
 *
 * A short gap is filled (fast-changing values become unknown); a longer one ends the run, so that
 * no row is invented.
 */

export const RATE_HZ = 10;
/** The longest gap that is filled: a third of a second, three slots of the usual rate. */
const MOST_FILLED_MS = 350;

export class Grid {
  /**
   * @param {(rows: number[][], endMs: number) => void} give
   * @param {(row: number[]) => number[]} fill the row of an empty slot, from the previous one
   * @param {number} rateHz
   */
  constructor(give, fill, rateHz = RATE_HZ) {
    this.give = give;
    this.fill = fill;
    this.slotMs = 1000 / rateHz;
    this.mostFilled = Math.floor(MOST_FILLED_MS / this.slotMs);
    this.full = Math.max(1, Math.round(rateHz));
    /** @type {number[][]} */
    this.rows = [];
    this.slot = -Infinity;
  }

  /** @param {number[]} row @param {number} ms */
  add(row, ms) {
    const slot = Math.floor(ms / this.slotMs);
    if (slot <= this.slot) return;
    const missing = slot - this.slot - 1;
    if (missing > this.mostFilled) this.flush();
    else for (let gap = 0; gap < missing; gap += 1) this.#put(this.fill(this.#last));
    this.slot = slot - 1;
    this.#put(row);
    this.#last = row;
  }

  /** @type {number[]} */
  #last = [];

  /** @param {number[]} row */
  #put(row) {
    this.rows.push(row);
    this.slot += 1;
    if (this.rows.length >= this.full) this.flush();
  }

  /** Account for the time: a run without new rows has ended. @param {number} ms */
  tick(ms) {
    if (Math.floor(ms / this.slotMs) - this.slot > this.mostFilled + 1) this.flush();
  }

  flush() {
    const rows = this.rows;
    this.rows = [];
    if (rows.length) this.give(rows, (this.slot + 1) * this.slotMs);
  }
}
