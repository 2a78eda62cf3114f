// @ts-check
/** The gaze features of each second, as in `emotion/features/gaze.py`. */
import { detectBlinks, detectEyeMovements } from "./eye_movements.js";
import { seconds, sum } from "./track.js";
import { STREAMS } from "../telemetry/streams.js";

/** @typedef {import("./track.js").Steps} Steps */
/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./eye_movements.js").Pair} Pair */
/** @typedef {import("./eye_movements.js").Saccade} Saccade */
/**
 * @typedef {object} Row what is added up over a second
 * @property {boolean} seen @property {boolean} trusted @property {boolean} lost
 * @property {Pair} angles deg, NaN where unknown
 * @property {number} screen how likely looked at, NaN where unknown
 * @property {number} fixationS how long the row's fixation lasts, 0 outside one
 * @property {Pair | null} shift the shift that ends in this row
 * @property {boolean} sweep @property {boolean} blink @property {boolean} blinking
 */

const [ON_SCREEN, QUALITY] = ["on_screen", "quality"].map((name) =>
  STREAMS.gaze.channels.findIndex((channel) => channel.name === name));
const FEATURES = 12;
const TRUSTED = 0.5;
const LEAST_SEEN = 0.5;
const LONGEST_PERIOD_S = 0.125;
const FINEST_DEG = 0.05;
const LINE_S = 1.5;
const UNDONE = 1 / 3;
const SIDE = 2;

/** @param {Track} track @param {number} t1 @param {number} steps @returns {Steps} */
export function gazeFeatures(track, t1, steps) {
  const starts = seconds(t1, steps);
  if (track.times.length < 2) return nothing(starts);
  const rows = track.values.map((_, n) => rowOf(track, n));
  markMoves(track, rows);
  const middle = medianOf(rows.filter(({ seen }) => seen).map(({ angles }) => angles));
  const second = track.times.map((time) => Math.floor(time - (t1 - steps)));
  const made = starts.map((start, at) => {
    const lined = start - LINE_S > track.times[0] - track.periodS / 2;
    return summary(rows.filter((_, n) => second[n] === at), middle, track.periodS, lined);
  });
  return {
    values: made.map((row) => row.map(([value, known]) => (known ? value : 0))),
    mask: made.map((row) => row.map(([, known]) => known)),
  };
}

/** @param {number[]} starts @returns {Steps} */
const nothing = (starts) => ({
  values: starts.map(() => Array(FEATURES).fill(0)),
  mask: starts.map(() => Array(FEATURES).fill(false)),
});

/** @param {Track} track @param {number} n @returns {Row} */
function rowOf({ values, mask }, n) {
  const [row, there] = [values[n], mask[n]];
  const trusted = there[QUALITY] && row[QUALITY] >= TRUSTED;
  const known = there.slice(0, 6);
  const seen = trusted && known.every(Boolean);
  return {
    seen,
    trusted,
    lost: trusted && !known.some(Boolean),
    angles: seen ? anglesOf(row) : [NaN, NaN],
    screen: trusted && there[ON_SCREEN] ? row[ON_SCREEN] : NaN,
    fixationS: 0,
    shift: null,
    sweep: false,
    blink: false,
    blinking: false,
  };
}

/**
 * Return the direction of both eyes, deg right and down.
 * @param {number[]} row @returns {Pair}
 */
function anglesOf(row) {
  const [x, y, z] = [0, 1, 2].map((axis) => row[axis] + row[axis + 3]);
  const degrees = 180 / Math.PI;
  return [Math.atan2(x, -z) * degrees, Math.atan2(y, Math.hypot(x, z)) * degrees];
}

/** Write each row's fixation, shift and blink. @param {Track} track @param {Row[]} rows */
function markMoves({ times, periodS }, rows) {
  const angles = rows.map((row) => row.angles);
  const { fixations, saccades } = detectEyeMovements(times, angles, periodS);
  for (const [first, last] of fixations) {
    const lasting = times[last] - times[first] + periodS;
    rows.slice(first, last + 1).forEach((row) => { row.fixationS = lasting; });
  }
  for (const saccade of saccades) {
    rows[saccade.after].shift = saccade.turn;
    rows[saccade.after].sweep = isSweep(saccade, saccades, { times, periodS }, rows);
  }
  for (const [first, last] of detectBlinks(times, rows.map(({ lost }) => lost), periodS)) {
    rows[first].blink = true;
    rows.slice(first, last + 1).forEach((row) => { row.blinking = true; });
  }
}

/**
 * Whether a sideways shift goes back on a way which took several.
 * @param {Saccade} saccade @param {Saccade[]} all @param {Pick<Track, "times" | "periodS">} track
 * @param {Row[]} rows
 */
function isSweep({ before, turn: [right, down] }, all, { times, periodS }, rows) {
  const lineS = LINE_S + periodS / 2; // between two rows, so that rounding changes nothing
  const [begins, size, sign] = [times[before], Math.abs(right), Math.sign(right)];
  const start = times.findIndex((time) => time >= begins - lineS);
  const undone = (rows[start].angles[0] - rows[before].angles[0]) * sign;
  const recent = all.filter((other) =>
    times[other.before] < begins && begins - times[other.before] <= lineS);
  const largest = Math.max(0, ...recent.map(({ turn }) => -turn[0] * sign));
  return size >= SIDE * Math.abs(down) && undone >= UNDONE * size && largest <= size / SIDE;
}

/** Return the median of each column. @param {Pair[]} angles @returns {Pair} */
function medianOf(angles) {
  if (!angles.length) return [0, 0];
  return /** @type {Pair} */ ([0, 1].map((axis) => {
    const sorted = angles.map((angle) => angle[axis]).sort((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  }));
}

/**
 * Return the features of a second, each with whether it is known.
 * @param {Row[]} rows @param {Pair} middle @param {number} periodS @param {boolean} lined
 * @returns {[number, boolean][]}
 */
function summary(rows, middle, periodS, lined) {
  const seen = rows.filter((row) => row.seen);
  const seenS = seen.length * periodS;
  const whole = seenS >= LEAST_SEEN;
  const fast = whole && periodS <= LONGEST_PERIOD_S;
  const watched = rows.filter(({ trusted }) => trusted);
  const watchedS = watched.length * periodS;
  const timed = watchedS >= LEAST_SEEN && periodS <= LONGEST_PERIOD_S;
  const screens = rows.map(({ screen }) => screen).filter((screen) => !Number.isNaN(screen));
  const fixating = seen.filter(({ fixationS }) => fixationS > 0);
  const perS = 1 / Math.max(seenS, periodS);
  return [
    [fixating.length / Math.max(1, seen.length), fast],
    [mean(fixating.map(({ fixationS }) => Math.log(fixationS))), fast && fixating.length > 0],
    ...shiftsOf(rows, perS, fast),
    [rows.filter(({ sweep }) => sweep).length * perS, fast && lined],
    ...placesOf(seen.map(({ angles }) => [angles[0] - middle[0], angles[1] - middle[1]]), whole),
    [mean(screens), screens.length > 0],
    [rows.filter(({ blink }) => blink).length / Math.max(watchedS, LEAST_SEEN), timed],
    [rows.filter(({ blinking }) => blinking).length / Math.max(1, watched.length), timed],
  ];
}

/**
 * Return number, log of size and of path, and the share sideways of a second's shifts.
 * @param {Row[]} rows @param {number} perS @param {boolean} fast @returns {[number, boolean][]}
 */
function shiftsOf(rows, perS, fast) {
  const shifts = rows.flatMap(({ shift }) => (shift ? [shift.map(Math.abs)] : []));
  const sizes = shifts.map(([across, down]) => Math.hypot(across, down));
  const across = sum(shifts.map(([right]) => right));
  const parts = sum(shifts.flat());
  const moving = fast && shifts.length > 0;
  return [
    [shifts.length * perS, fast],
    [mean(sizes.map(Math.log)), moving],
    [Math.log1p(sum(sizes) * perS), fast],
    [across / Math.max(parts, FINEST_DEG), moving],
  ];
}

/**
 * Return log of spread, and of distance from the middle of the Window.
 * @param {number[][]} away @param {boolean} whole @returns {[number, boolean][]}
 */
function placesOf(away, whole) {
  const [yaw, pitch] = [0, 1].map((axis) => mean(away.map((each) => each[axis])));
  const square = mean(away.map(([right, down]) => right ** 2 + down ** 2));
  const spread = Math.sqrt(Math.max(0, square - yaw ** 2 - pitch ** 2));
  return [
    [Math.log(Math.max(spread, FINEST_DEG)), whole && away.length >= 2],
    [Math.log1p(Math.hypot(yaw, pitch)), whole],
  ];
}

/** @param {number[]} numbers */
const mean = (numbers) => sum(numbers) / Math.max(1, numbers.length);
