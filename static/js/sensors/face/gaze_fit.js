// @ts-check
/**
 * From a few places that were looked at to a map from eye direction to screen, with its error,
 * measured on places that were left out.
 *
 * Pure.
 */
import { t } from "../../lib/i18n.js";

/** @typedef {{x: number, y: number}} Looked direction of both eyes, in the camera's coordinates */
/** @typedef {{u: number, v: number}} Miss the error, in shares of the screen */
/** @typedef {Looked & {u: number, v: number}} Place u, v: its position, in shares of the screen */
/**
 * @typedef {{across: number[], down: number[], spread: Miss}} Fit u = across . (x, y, 1),
 *   v = down . (x, y, 1); spread: the error, in shares of the screen
 */

export const FEWEST_PLACES = 5;
/** The greatest error of a useful fit, as a share of the error of always guessing the middle. */
export const MOST_OF_GUESSING = 0.8;
const LEAST_SPREAD = 0.02;

/**
 * @param {readonly Place[]} places
 * @returns {Fit | null} null: too few places, or eye directions that do not distinguish them
 */
export function fitted(places) {
  if (places.length < FEWEST_PLACES) return null;
  const whole = mapOf(places);
  const off = missed(places, mapOf);
  if (!whole || off.some((miss) => miss === null)) return null;
  const spread = spreadOf(/** @type {Miss[]} */ (off));
  const guessed = spreadOf(/** @type {Miss[]} */ (missed(places, middleOf)));
  const tells = spread.u <= MOST_OF_GUESSING * guessed.u && spread.v <= MOST_OF_GUESSING * guessed.v;
  return tells ? { ...whole, spread } : null;
}

/** @param {readonly Miss[]} misses @returns {Miss} */
const spreadOf = (misses) => ({ u: typical(misses.map(({ u }) => u)), v: typical(misses.map(({ v }) => v)) });

/**
 * Return the error at each place of a map made from the others.
 * @param {readonly Place[]} places
 * @param {(others: readonly Place[]) => {across: number[], down: number[]} | null} made
 */
const missed = (places, made) => places.map((place) => missedBy(made(places.filter((each) => each !== place)), place));

/** @param {number[]} misses root of the mean square, at least the jitter of the eyes */
const typical = (misses) =>
  Math.max(LEAST_SPREAD, Math.sqrt(misses.reduce((sum, miss) => sum + miss * miss, 0) / misses.length));

/** @param {{across: number[], down: number[]} | null} map @param {Place} place */
function missedBy(map, place) {
  if (!map) return null;
  const { u, v } = placeOf(map, place);
  return { u: u - place.u, v: v - place.v };
}

/** @param {{across: number[], down: number[]}} map @param {Looked} looked */
export const placeOf = ({ across, down }, { x, y }) => ({
  u: across[0] * x + across[1] * y + across[2],
  v: down[0] * x + down[1] * y + down[2],
});

/** Return the affine map of least squares. @param {readonly Place[]} places */
function mapOf(places) {
  const rows = places.map(({ x, y }) => [x, y, 1]);
  const across = solved(rows, places.map(({ u }) => u));
  const down = solved(rows, places.map(({ v }) => v));
  return across && down && { across, down };
}

/** Predict the middle of the places, independent of the eyes. @param {readonly Place[]} places */
const middleOf = (places) => ({
  across: [0, 0, sum(places.map(({ u }) => u)) / places.length],
  down: [0, 0, sum(places.map(({ v }) => v)) / places.length],
});

/**
 * Solve the normal equations by Cramer's rule.
 * @param {number[][]} rows @param {number[]} values @returns {number[] | null}
 */
function solved(rows, values) {
  const product = [0, 1, 2].map((i) => [0, 1, 2].map((j) => sum(rows.map((row) => row[i] * row[j]))));
  const right = [0, 1, 2].map((i) => sum(rows.map((row, at) => row[i] * values[at])));
  const whole = determinant(product);
  if (!(Math.abs(whole) > 1e-12)) return null;
  return [0, 1, 2].map((column) =>
    determinant(product.map((row, i) => row.map((value, j) => (j === column ? right[i] : value)))) / whole);
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {number[][]} m */
const determinant = ([[a, b, c], [d, e, f], [g, h, i]]) =>
  a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);

/**
 * Return the probability that the screen was looked at, 0-1.
 * @param {Fit} fit @param {readonly number[]} direction
 */
export function shareInside(fit, [x, y]) {
  const { u, v } = placeOf(fit, { x, y });
  return within(u, fit.spread.u) * within(v, fit.spread.v);
}

/** @param {number} place @param {number} spread */
const within = (place, spread) => below((1 - place) / spread) - below(-place / spread);

/**
 * Approximate the normal distribution to within 0.0002 (a logistic curve with a cubic term).
 * @param {number} z
 */
const below = (z) => 1 / (1 + Math.exp(-z * (1.5957691 + 0.07056 * z * z)));

/** @type {readonly [number, string][]} */
const WIDTHS = [
  [2.5, t("a thumb’s width")], [6, t("three fingers’ width")], [10, t("a hand’s width")],
  [20, t("the length of a hand")],
];

/**
 * Describe the accuracy in words that can be compared with the screen.
 * @param {Fit} fit @param {{width: number, height: number}} screen in centimetres
 */
export function rightTo({ spread }, { width, height }) {
  const off = Math.hypot(spread.u * width, spread.v * height);
  return WIDTHS.find(([most]) => off <= most)?.[1] ?? t("more than the length of a hand");
}
