// @ts-check
/**
 * The features of the Streams that predictors read, computed in the page as `emotion/features`
 * computes them on the server.
 *
 * The tests of both read `tests/data/edge_features.json`.
 */
import { gazeFeatures } from "./gaze.js";
import { averaged, held, seconds, spread, sum, track } from "./track.js";

/** @typedef {import("./track.js").Chunk} Chunk */
/** @typedef {import("./track.js").Steps} Steps */
/** @typedef {import("./track.js").Track} Track */
/**
 * @typedef {{values: number[][], mask: boolean[][], quality: number}} Features
 *   T seconds; the second half of the features is the first minus the person's usual value
 */

export const STEPS = 10;
const PLAIN = [2, 7]; // of the pointer: straightness, idle_s
const UNITS = 18;
const POSE = [36, 37, 38];
const FACE = [...Array(UNITS).keys(), ...POSE, 41, 42]; // and z, blink
const LEAST_TRUST = 0.05;
const [HR, RR, CONTACT, TOUCHING] = [1, 2, 3, 0.5];

/** @type {Readonly<Record<string, (track: Track, t1: number, steps: number) => Steps>>} */
export const MODULES = Object.freeze({
  activity(track, t1, steps) {
    const { values, mask } = held(track, t1, steps);
    return { values: values.map(([a, b, c, blurs]) => [a, b, c, log(blurs)]), mask };
  },
  face(track, t1, steps) {
    const { values, mask } = averaged(weighted(track), t1, steps);
    const motion = spread(track, t1, POSE, steps);
    return {
      values: values.map((row, n) => [...FACE.map((c) => row[c]), ...motion.values[n]]),
      mask: mask.map((row, n) => [...FACE.map((c) => row[c]), ...motion.mask[n]]),
    };
  },
  gaze: gazeFeatures,
  heart(track, t1, steps) {
    const { values, mask } = held(track, t1, steps);
    const lost = values.map((row, n) => mask[n][CONTACT] && row[CONTACT] < TOUCHING);
    const known = mask.map((row, n) => row[HR] && !lost[n]);
    return {
      values: values.map((row, n) => [row[HR], row[HR] - values[Math.max(0, n - 1)][HR], row[RR] / 1000]),
      mask: mask.map((row, n) => [known[n], known[n] && Boolean(known[n - 1]), row[RR] && !lost[n]]),
    };
  },
  pointer(track, t1, steps) {
    const { values, mask } = held(track, t1, steps);
    const logged = (/** @type {number} */ x, /** @type {number} */ c) =>
      (PLAIN.includes(c) ? x : Math.sign(x) * Math.log1p(Math.abs(x)));
    return { values: values.map((row) => row.map(logged)), mask };
  },
  typing(track, t1, steps) {
    const { values, mask } = held(track, t1, steps);
    const keys = values.map((row) => sum(row.slice(0, 4)));
    const counted = mask.map((row, n) => row.slice(0, 4).every(Boolean) && keys[n] > 0);
    return {
      values: values.map((row, n) => [...row.map(log), row[1] / Math.max(1, keys[n])]),
      mask: mask.map((row, n) => [...row, counted[n]]),
    };
  },
});

/**
 * Return a Stream's features in [t0, t1), the last of ten seconds that end with it; null without
 * data.
 * @param {string} stream @param {Chunk[]} chunks @param {number} t0 @param {number} t1
 * @param {number[]} [usual] the person's usual values, NaN where unknown @returns {Features | null}
 */
export function features(stream, chunks, t0, t1, usual) {
  const rows = track(stream, chunks, t0, t1);
  if (!rows) return null;
  const made = MODULES[stream](rows, t1, STEPS);
  const inside = seconds(t1, STEPS).map((start) => start >= t0);
  const mask = made.mask.map((row, n) => row.map((there) => there && inside[n]));
  if (!mask.flat().some(Boolean)) return null;
  const told = mask.map((row) => row.map((there, f) => there && !Number.isNaN(usual?.[f] ?? NaN)));
  const values = made.values.map((row, n) => [
    ...row.map((value, f) => (mask[n][f] ? value : 0)),
    ...row.map((value, f) => (told[n][f] ? value - (usual?.[f] ?? 0) : 0)),
  ]);
  return { values, mask: mask.map((row, n) => [...row, ...told[n]]), quality: rows.quality };
}

/**
 * Return a Stream's own mean of each feature over [0, t1), NaN where it had none; null without a
 * row.
 * @param {string} stream @param {Chunk[]} chunks @param {number} t1 @returns {number[] | null}
 */
export function opening(stream, chunks, t1) {
  const rows = track(stream, chunks, 0, t1);
  if (!rows) return null;
  const { values, mask } = MODULES[stream](rows, t1, Math.round(t1));
  return values[0].map((_, f) => {
    const there = values.filter((_, n) => mask[n][f]).map((row) => row[f]);
    return there.length ? sum(there) / there.length : NaN;
  });
}

/**
 * Weight each action unit by the tracker's confidence in it.
 * @param {Track} track @returns {Track}
 */
function weighted(track) {
  const trust = track.values.map((row, n) =>
    row.slice(UNITS, 2 * UNITS).map((value, c) => (track.mask[n][c + UNITS] ? value : 0)));
  const mask = track.mask.map((row, n) => row.map((there, c) => there && (trust[n][c] ?? 1) >= LEAST_TRUST));
  const values = track.values.map((row, n) => row.map((value, c) => (mask[n][c] ? value * (trust[n][c] ?? 1) : 0)));
  return { ...track, values, mask };
}

/** @param {number} x */
const log = (x) => Math.log1p(Math.max(0, x));
