// @ts-check
/**
 * A device's stamps as times of the page's clock, never twice, never backwards, never after they came: as
 * emotion/devices/device_clock.py, tried with the same vectors. What arrives is late by a delay that
 * changes and never by less than none: the least difference between arrival and stamp in each
 * stretch of time lies nearest the truth, and a line under these tells how fast the device's clock
 * runs away from ours.
 */

const STRETCH_MS = 5000;
const STRETCHES = 60;
/** A line through a shorter time tells more about delays than about clocks. */
const LEAST_FOR_DRIFT_MS = 60_000;
const MOST_DRIFT = 200e-6;
/** How much of the time that passed a correction may take or give: seams stay small. */
const MOST_CORRECTION = 0.02;
/** Further off, and it is another clock: it slept, was switched off, or ours stood still. */
const ANOTHER_CLOCK_MS = 1000;
/** A stamp this far back is of a clock that began anew; less far back, it came before. */
const BEGAN_ANEW_MS = 10_000;

/** @typedef {[stamp: number, offset: number]} Least */

export class DeviceClock {
  /** @param {number} [wrapMs] after how long its stamps begin at 0 again; 0 = never */
  constructor(wrapMs = 0) {
    this.wrapMs = wrapMs;
    /** How much of a second ours gains in each second of the device: -50e-6 where that runs 50 ppm fast. */
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
   * When a stamp was on the page's clock; null where it is not later than one before.
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

  /** With as many rounds added as fit best with the time that passed here. @param {number} stamp @param {number} arrived */
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

  /** Whether this came long before its time, or all of the last stretch long after it. @param {number} stamp @param {number} offset */
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
    // No sample was measured after it came, however fast that has to be put right.
    this.offset = Math.min(offset, this.offset + Math.max(-most, Math.min(most, wish)));
  }
}

/** Slope of the least squares line through the least offsets. @param {Least[]} least */
function driftOf(least) {
  if (least[least.length - 1][0] - least[0][0] < LEAST_FOR_DRIFT_MS) return 0;
  const middle = least.reduce((sum, [stamp]) => sum + stamp, 0) / least.length;
  const spread = least.reduce((sum, [stamp]) => sum + (stamp - middle) ** 2, 0);
  const slope = least.reduce((sum, [stamp, offset]) => sum + (stamp - middle) * offset, 0) / spread;
  return Math.max(-MOST_DRIFT, Math.min(MOST_DRIFT, slope));
}

/** Offset at `stamp` of the line of this slope that no least offset lies under. @param {Least[]} least @param {number} drift @param {number} stamp */
const under = (least, drift, stamp) =>
  Math.min(...least.map(([at, offset]) => offset + drift * (stamp - at)));
