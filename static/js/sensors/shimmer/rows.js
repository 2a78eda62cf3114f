// @ts-check
/** Samples of a Shimmer as rows of about a second, in whole stretches; a missing row ends one. */
import { DeviceClock } from "../../telemetry/device_clock.js";
import { TICKS_A_SECOND, WRAP_TICKS } from "./parse.js";
import { Skin } from "./skin_conductance.js";

export const RATE_HZ = 128;
/** The skin changes slowly: this many samples make one row. */
export const SKIN_SAMPLES = 4;
const LOOSE_QUALITY = 0.2;
const PERIOD_MS = 1000 / RATE_HZ;

/** @typedef {import("../polar/measures.js").Give} Give */

export class Rows {
  /** @param {Give} give */
  constructor(give) {
    this.give = give;
    this.clock = new DeviceClock((1000 * WRAP_TICKS) / TICKS_A_SECOND);
    this.skin = new Skin();
    this.pulse = new Stretch("ppg", RATE_HZ, give);
    this.eda = new Stretch("eda", RATE_HZ / SKIN_SAMPLES, give);
    /** @type {number[]} */
    this.samples = [];
    this.off = false;
  }

  /** One packet. @param {{ticks: number, gsr?: number, ppg?: number}} data @param {number} arrivedMs */
  add({ ticks, gsr, ppg }, arrivedMs) {
    const before = this.clock.newest;
    const placed = this.clock.place((1000 * ticks) / TICKS_A_SECOND, arrivedMs);
    if (placed === null) return;
    if (Math.abs(this.clock.newest - before) > 1.5 * PERIOD_MS) this.end();
    const endMs = placed + PERIOD_MS;
    if (ppg !== undefined) this.pulse.add(ppg, endMs);
    if (gsr !== undefined) this.#addSkin(gsr, endMs);
  }

  /** @param {number} raw @param {number} endMs */
  #addSkin(raw, endMs) {
    const { us, off, switched } = this.skin.read(raw);
    if (off !== this.off) this.give("eda", [], { state: off ? "loose" : "on", quality: off ? LOOSE_QUALITY : 1, contact: !off });
    this.off = off;
    if (off || switched) return this.#endSkin();
    this.samples.push(us);
    if (this.samples.length < SKIN_SAMPLES) return;
    this.eda.add(this.samples.reduce((sum, each) => sum + each, 0) / SKIN_SAMPLES, endMs);
    this.samples = [];
  }

  #endSkin() {
    this.samples = [];
    this.eda.end();
  }

  /** The next samples do not continue the previous ones. */
  end() {
    this.pulse.end();
    this.#endSkin();
  }
}

class Stretch {
  /** @param {string} stream @param {number} rateHz @param {Give} give */
  constructor(stream, rateHz, give) {
    this.stream = stream;
    this.rateHz = rateHz;
    this.give = give;
    /** @type {number[][]} */
    this.rows = [];
    this.endMs = 0;
  }

  /** @param {number} value @param {number} endMs */
  add(value, endMs) {
    this.rows.push([value]);
    this.endMs = endMs;
    if (this.rows.length >= this.rateHz) this.end();
  }

  end() {
    const { rows, rateHz, endMs } = this;
    this.rows = [];
    if (rows.length) this.give(this.stream, rows, { state: "on", quality: 1, rateHz, endMs });
  }
}
