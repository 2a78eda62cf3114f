// @ts-check
/** Time of the Sitting in seconds, from the page's own monotonic clock. */

export const TOLERANCE_S = 1;

export class Clock {
  /** @param {() => number} performanceNow milliseconds, monotonic */
  constructor(performanceNow) {
    this.performanceNow = performanceNow;
    /** @type {number | null} */
    this.offset = null;
  }

  /**
   * The server said `now` seconds; it was asked at `askedMs` and has just answered. A small
   * difference to what we thought is the network's and changes nothing.
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

  /** The Sitting's time at a moment of the page's clock. @param {number} ms */
  at(ms) {
    return Math.max(0, ms / 1000 + (this.offset ?? 0));
  }
}
