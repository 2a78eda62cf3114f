// @ts-check
/**
 * Rows at whatever times frames came -> runs of rows exactly a tenth of a second apart. A short gap
 * is filled (what is known to change fast becomes unknown), a longer one ends the run: rows that
 * were not seen are never made up.
 */

export const RATE_HZ = 10;
const SLOT_MS = 1000 / RATE_HZ;
/** Slots that may be filled: a third of a second. */
export const MOST_FILLED = 3;
const FULL = RATE_HZ;

export class Grid {
  /**
   * @param {(rows: number[][], endMs: number) => void} give
   * @param {(row: number[]) => number[]} fill the row for a slot nothing was seen in, from the one before
   */
  constructor(give, fill) {
    this.give = give;
    this.fill = fill;
    /** @type {number[][]} */
    this.rows = [];
    this.slot = -Infinity;
  }

  /** @param {number[]} row @param {number} ms */
  add(row, ms) {
    const slot = Math.floor(ms / SLOT_MS);
    if (slot <= this.slot) return;
    const missing = slot - this.slot - 1;
    if (missing > MOST_FILLED) this.flush();
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
    if (this.rows.length >= FULL) this.flush();
  }

  /** Time has passed: a run that nothing came to is over. @param {number} ms */
  tick(ms) {
    if (Math.floor(ms / SLOT_MS) - this.slot > MOST_FILLED + 1) this.flush();
  }

  flush() {
    const rows = this.rows;
    this.rows = [];
    if (rows.length) this.give(rows, (this.slot + 1) * SLOT_MS);
  }
}
