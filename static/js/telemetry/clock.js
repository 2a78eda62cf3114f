// @ts-check
/** The time of the Sitting in seconds, from the page's own monotonic clock. */
import { rounded } from "./block.js";

export const TOLERANCE_S = 1;

export class Clock {
  /** @param {() => number} performanceNow milliseconds, monotonic */
  constructor(performanceNow) {
    this.performanceNow = performanceNow;
    /** @type {number | null} */
    this.offset = null;
  }

  /**
   * Set the time from an answer of the server: `now` seconds, requested at `askedMs` and just
   * received. A small difference is network delay and changes nothing.
   * @param {number} now @param {number} [askedMs]
   */
  sync(now, askedMs = this.performanceNow()) {
    const middle = (askedMs + this.performanceNow()) / 2;
    const offset = now - middle / 1000;
    if (this.offset === null || Math.abs(offset - this.offset) > TOLERANCE_S) this.offset = offset;
  }

  now() {
    return this.at(this.performanceNow());
  }

  /** When the Sitting began, in milliseconds of the page's clock. */
  get beganMs() {
    return -1000 * (this.offset ?? 0);
  }

  /** Return the Sitting's time at a moment of the page's clock. @param {number} ms */
  at(ms) {
    return Math.max(0, ms / 1000 + (this.offset ?? 0));
  }
}

/** @typedef {(number | null)[]} Row */

/** The times of sensed rows, and the latest rows of each stream. */
export class RowTimes {
  /** @param {Clock} clock */
  constructor(clock) {
    this.clock = clock;
    /**
     * When they arrived, by the page's own clock.
     * @type {Map<string, {rows: Row[], ms: number}>}
     */
    this.latest = new Map();
    /** The start of the latest Block of each stream. @type {Map<string, number>} */
    this.begins = new Map();
  }

  /**
   * Return rows as they are sent. With a rate, the last row is at `endMs`; without one, each begins
   * with its own time.
   * @param {string} stream @param {Row[]} rows @param {number} rateHz @param {number} endMs
   */
  place(stream, rows, rateHz, endMs) {
    const timed = rateHz ? rows : rows.map(([ms, ...rest]) => [this.clock.at(Number(ms)), ...rest]);
    const placed = rounded(stream, timed);
    this.latest.set(stream, { rows: placed, ms: performance.now() });
    const t0 = rateHz ? this.clock.at(endMs) - rows.length / rateHz : Number(placed[0][0]);
    return { t0: this.#forward(stream, t0), rateHz, rows: placed };
  }

  /** A Block never begins before the previous one. @param {string} stream @param {number} t0 */
  #forward(stream, t0) {
    const latest = Math.max(0, t0, this.begins.get(stream) ?? 0);
    this.begins.set(stream, latest);
    return latest;
  }
}
