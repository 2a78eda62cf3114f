// @ts-check
/**
 * Converts a device's stamps to times of the page's clock: never twice, never backwards, never
 * after their arrival.
 *
 * It matches tests/oracles/devices/device_clock.py and is tested with the same vectors. Data arrives late
 * by a varying delay that is never negative. So the least difference between arrival and stamp in
 * each period is nearest the truth, and a line under these gives the drift of the device's clock.
 */

const STRETCH_MS = 5000;
const STRETCHES = 60;
/** A line through a shorter time shows delays rather than clocks. */
const LEAST_FOR_DRIFT_MS = 60_000;
const MOST_DRIFT = 200e-6;
/** The largest correction, as a share of the elapsed time: seams stay small. */
const MOST_CORRECTION = 0.02;
/** A larger difference means another clock: it slept, was switched off, or ours stopped. */
const ANOTHER_CLOCK_MS = 1000;
/** A stamp this far back is of a restarted clock; a smaller step back is an older sample. */
const BEGAN_ANEW_MS = 10_000;

/** @typedef {[stamp: number, offset: number]} Least */

export class DeviceClock {
  /** @param {number} [wrapMs] the period after which its stamps restart at 0; 0 = never */
  constructor(wrapMs = 0) {
    this.wrapMs = wrapMs;
    /**
     * How much of a second ours gains in each second of the device: -50e-6 if that runs 50 ppm
     * fast.
     */
    this.drift = 0;
    /** @type {Least[]} */
    this.least = [];
    this.stretch = 0;
    this.offset = 0;
    this.newest = 0;
    this.arrived = 0;
    this.placed = -Infinity;
  }

  /**
   * Return the time of a stamp on the page's clock; null where it is not later than a previous one.
   * @param {number} stampMs @param {number} arrivedMs @returns {number | null}
   */
  place(stampMs, arrivedMs) {
    const stamp = this.#unwrapped(stampMs, arrivedMs);
    const offset = arrivedMs - stamp;
    if (!this.least.length || stamp < this.newest - BEGAN_ANEW_MS) this.#begin(stamp, offset);
    else if (stamp <= this.newest) return null;
    else if (this.#isAnother(stamp, offset)) this.#begin(stamp, offset);
    else this.#hear(stamp, offset);
    this.newest = stamp;
    this.arrived = arrivedMs;
    this.placed = Math.max(this.placed, stamp + this.offset);
    return this.placed;
  }

  /**
   * Add as many wraps as fit best with the time that passed here.
   * @param {number} stamp @param {number} arrived
   */
  #unwrapped(stamp, arrived) {
    if (!this.wrapMs || !this.least.length) return stamp;
    const expected = this.newest + arrived - this.arrived;
    return stamp + this.wrapMs * Math.floor((expected - stamp) / this.wrapMs + 0.5);
  }

  /** @param {number} stamp @param {number} offset */
  #begin(stamp, offset) {
    this.least = [[stamp, offset]];
    this.stretch = Math.floor(stamp / STRETCH_MS);
    this.offset = offset;
    this.drift = 0;
  }

  /**
   * Return whether this arrived long before its time, or all of the last period long after it.
   * @param {number} stamp @param {number} offset
   */
  #isAnother(stamp, offset) {
    if (offset < under(this.least, this.drift, stamp) - ANOTHER_CLOCK_MS) return true;
    const before = this.least.slice(0, -1);
    const [at, least] = this.least[this.least.length - 1];
    const ended = Math.floor(stamp / STRETCH_MS) !== this.stretch;
    const due = before.length && ended ? under(before, this.drift, at) : least;
    return least > due + ANOTHER_CLOCK_MS;
  }

  /** @param {number} stamp @param {number} offset */
  #hear(stamp, offset) {
    const stretch = Math.floor(stamp / STRETCH_MS);
    const last = this.least[this.least.length - 1];
    if (stretch !== this.stretch) {
      this.least = [...this.least.slice(1 - STRETCHES), [stamp, offset]];
      this.stretch = stretch;
    } else if (offset < last[1]) {
      this.least[this.least.length - 1] = [stamp, offset];
    }
    this.drift = driftOf(this.least);
    const most = MOST_CORRECTION * (stamp - this.newest);
    const wish = under(this.least, this.drift, stamp) - this.offset;
    // No sample was measured after it arrived, however large the correction must be.
    this.offset = Math.min(offset, this.offset + Math.max(-most, Math.min(most, wish)));
  }
}

/** Return the slope of the least-squares line through the least offsets. @param {Least[]} least */
function driftOf(least) {
  if (least[least.length - 1][0] - least[0][0] < LEAST_FOR_DRIFT_MS) return 0;
  const middle = least.reduce((sum, [stamp]) => sum + stamp, 0) / least.length;
  const spread = least.reduce((sum, [stamp]) => sum + (stamp - middle) ** 2, 0);
  const slope = least.reduce((sum, [stamp, offset]) => sum + (stamp - middle) * offset, 0) / spread;
  return Math.max(-MOST_DRIFT, Math.min(MOST_DRIFT, slope));
}

/**
 * Return the offset at `stamp` of the highest line of this slope that lies under all least offsets.
 * @param {Least[]} least @param {number} drift @param {number} stamp
 */
const under = (least, drift, stamp) =>
  Math.min(...least.map(([at, offset]) => offset + drift * (stamp - at)));
