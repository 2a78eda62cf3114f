// @ts-check
/**
 * Rows at whatever times frames came -> runs of rows exactly a slot apart, a tenth of a second at most. A short gap
 * is filled (what is known to change fast becomes unknown), a longer one ends the run: rows that
 * were not seen are never made up.
 */

export const RATE_HZ = 10;
/** How long may be filled: a third of a second, three slots of the usual rate. */
const MOST_FILLED_MS = 350;

export class Grid {
  /**
   * @param {(rows: number[][], endMs: number) => void} give
   * @param {(row: number[]) => number[]} fill the row for a slot nothing was seen in, from the one before
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

  /** Time has passed: a run that nothing came to is over. @param {number} ms */
  tick(ms) {
    if (Math.floor(ms / this.slotMs) - this.slot > this.mostFilled + 1) this.flush();
  }

  flush() {
    const rows = this.rows;
    this.rows = [];
    if (rows.length) this.give(rows, (this.slot + 1) * this.slotMs);
  }
}
