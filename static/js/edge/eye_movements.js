// @ts-check
/**
 * Fixations, saccades and blinks from the direction of the eyes, as in
 * `emotion/signals/eye_movements.py`: a velocity threshold that adapts to the noise.
 */

/** @typedef {[number, number]} Pair */
/** @typedef {{before: number, after: number, turn: Pair}} Saccade rows next to it; deg */

const SPAN_S = 0.02;
const SMALLEST_DEG = 0.6;
const NOISE_MEDIANS = 1.5;
const SHORTEST_FIXATION_S = 0.06;
const LONGEST_GAP_S = 0.075;
const BLINK_S = [0.05, 0.55];

/**
 * Return the fixations, as first and last row, and the saccades of a recording.
 * @param {number[]} times @param {Pair[]} angles deg, NaN where unknown @param {number} periodS
 * @returns {{fixations: Pair[], saccades: Saccade[]}}
 */
export function detectEyeMovements(times, angles, periodS) {
  const smooth = withoutSpikes(angles);
  const turned = turns(times, smooth, periodS);
  const threshold = thresholdOf(turns(times, angles, periodS));
  const parts = runs(turned.map((turn) => turn <= threshold))
    .map(([first, last]) => /** @type {Pair} */ ([first, last + 1]));
  const fixations = joined(times, smooth, parts, threshold, periodS)
    .filter(([first, last]) => times[last] - times[first] + periodS >= SHORTEST_FIXATION_S);
  return { fixations, saccades: saccadesBetween(fixations, smooth, turned) };
}

/**
 * Return first and last row of each short time in which neither eye was seen.
 * @param {number[]} times @param {boolean[]} closed @param {number} periodS
 */
export function detectBlinks(times, closed, periodS) {
  return runs(closed).filter(([first, last]) => {
    if (first === 0 || last === closed.length - 1) return false;
    const lasts = times[last + 1] - times[first];
    const whole = lasts - (last - first + 1) * periodS < periodS / 2;
    return whole && lasts >= BLINK_S[0] && lasts <= BLINK_S[1];
  });
}

/** Return first and last index of each run of true. @param {boolean[]} flags @returns {Pair[]} */
function runs(flags) {
  const firsts = [...flags.keys()].filter((n) => flags[n] && !flags[n - 1]);
  const lasts = [...flags.keys()].filter((n) => flags[n] && !flags[n + 1]);
  return firsts.map((first, n) => [first, lasts[n]]);
}

/**
 * Replace each row by the median of three, where all are known.
 * @param {Pair[]} angles @returns {Pair[]}
 */
function withoutSpikes(angles) {
  return angles.map((here, n) => /** @type {Pair} */ (here.map((value, axis) => {
    if (n === 0 || n === angles.length - 1) return value;
    const [before, after] = [angles[n - 1][axis], angles[n + 1][axis]];
    const middle = Math.min(Math.max(value, Math.min(before, after)), Math.max(before, after));
    return Number.isNaN(middle) ? value : middle;
  })));
}

/**
 * Return by how many deg the eyes turn around each step between two rows; NaN across missing ones.
 * @param {number[]} times @param {Pair[]} angles @param {number} periodS @returns {number[]}
 */
function turns(times, angles, periodS) {
  const side = Math.trunc(SPAN_S / periodS / 2);
  return angles.slice(1).map((next, n) => {
    const [first, last] = [Math.max(n - side, 0), Math.min(n + 1 + side, angles.length - 1)];
    const whole = times[last] - times[first] < (last - first + 0.5) * periodS;
    const known = !Number.isNaN(angles[n][0]) && !Number.isNaN(next[0]);
    return whole && known ? size(between(angles[first], angles[last])) : NaN;
  });
}

/** @param {number[]} turned */
function thresholdOf(turned) {
  const known = turned.filter((turn) => !Number.isNaN(turn)).sort((a, b) => a - b);
  if (!known.length) return SMALLEST_DEG;
  return Math.max(SMALLEST_DEG, NOISE_MEDIANS * known[known.length >> 1]);
}

/**
 * Join fixations that a short gap divides at the same place.
 * @param {number[]} times @param {Pair[]} angles @param {Pair[]} parts @param {number} threshold
 * @param {number} periodS @returns {Pair[]}
 */
function joined(times, angles, parts, threshold, periodS) {
  const longest = Math.max(LONGEST_GAP_S, 1.5 * periodS);
  return parts.reduce((/** @type {Pair[]} */ found, [first, last]) => {
    const end = found.at(-1)?.[1];
    const near = end !== undefined && times[first] - times[end] <= longest
      && size(between(angles[end], angles[first])) <= threshold;
    if (!near) return [...found, [first, last]];
    return [...found.slice(0, -1), [found[found.length - 1][0], last]];
  }, []);
}

/**
 * Return what leads from one fixation to the next, where no row between them is missing.
 * @param {Pair[]} fixations @param {Pair[]} angles @param {number[]} turned @returns {Saccade[]}
 */
function saccadesBetween(fixations, angles, turned) {
  return fixations.slice(1).map(([after], n) => {
    const before = fixations[n][1];
    return { before, after, turn: between(angles[before], angles[after]) };
  }).filter(({ before, after, turn }) =>
    size(turn) > SMALLEST_DEG && !turned.slice(before, after).some(Number.isNaN));
}

/** @param {Pair} from @param {Pair} to @returns {Pair} */
const between = (from, to) => [to[0] - from[0], to[1] - from[1]];

/** @param {Pair} turn */
const size = ([right, down]) => Math.sqrt(right * right + down * down);
