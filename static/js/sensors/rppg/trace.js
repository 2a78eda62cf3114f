// @ts-check
/** The last seconds of skin colour: as frames came, and on an even grid. Contains no picture. */

/**
 * @typedef {object} Sample
 * @property {number} ms
 * @property {import("./pos.js").Colour} colour mean of the skin, 0-255
 * @property {number} clipped share of its pixels at the end of the scale
 * @property {[number, number]} moved speed of the face right and down, in eye distances a second
 */
/**
 * @typedef {{colours: import("./pos.js").Colour[], moved: number[][], seen: Sample[],
 *   lostMs: number, fps: number}} Stretch lostMs: time in gaps that are too long to interpolate
 */

export const RATE_HZ = 30;
export const SECONDS = 10;
const ROWS = RATE_HZ * SECONDS;
const SPAN_MS = 1000 * SECONDS;
const STEP_MS = 1000 / RATE_HZ;
/** In a longer gap between two frames, the skin's changes are lost. */
const GAP_MS = 250;
/** After this long without skin a new stretch begins: the person was away. */
const AWAY_MS = 2000;

export class Trace {
  constructor() {
    /** @type {Sample[]} */
    this.samples = [];
  }

  /** @param {Sample} sample */
  add(sample) {
    const last = this.samples.at(-1);
    if (last && sample.ms <= last.ms) return;
    if (last && sample.ms - last.ms > AWAY_MS) this.samples = [];
    this.samples.push(sample);
    if (this.samples.length > 1 && sample.ms - this.samples[1].ms >= SPAN_MS) this.samples.shift();
  }
}

/**
 * Return the ten seconds up to the last sample; null where there are fewer.
 * @param {Sample[]} samples @returns {Stretch | null}
 */
export function stretch(samples) {
  const end = samples.at(-1)?.ms ?? 0;
  const times = Array.from({ length: ROWS }, (_, row) => end - (ROWS - 1 - row) * STEP_MS);
  if (samples.length < 2 || samples[0].ms > times[0]) return null;
  const seen = samples.filter(({ ms }) => ms > end - SPAN_MS);
  const gaps = seen.map(({ ms }, at) => (at ? ms - seen[at - 1].ms : 0));
  const rows = even(samples, times);
  return {
    colours: rows.map(([red, green, blue]) => [red, green, blue]), moved: rows.map((row) => row.slice(3)),
    seen, lostMs: sum(gaps.filter((ms) => ms > GAP_MS)), fps: seen.length / SECONDS,
  };
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * Interpolate linearly between frames.
 * @param {Sample[]} samples @param {number[]} times within them, increasing
 */
function even(samples, times) {
  const rows = samples.map(({ colour, moved }) => [...colour, ...moved]);
  let at = 0;
  return times.map((time) => {
    while (at + 2 < samples.length && samples[at + 1].ms <= time) at += 1;
    const share = (time - samples[at].ms) / (samples[at + 1].ms - samples[at].ms);
    return rows[at].map((value, column) => value + share * (rows[at + 1][column] - value));
  });
}
