// @ts-check
/**
 * Where the eyes point, as unit vectors in the camera's coordinates.
 *
 * The gain of iris offsets is about a third, and each person has a bias of some 10 degrees: good
 * for changes, not for places.
 */
import { dot, distance, inCamera, mean, minus, unit } from "./geometry.js";
import { EYES } from "./landmarks.js";
import { eyeCentre, irisOf } from "./features.js";
import { shareInside } from "./gaze_fit.js";
import { median } from "./action_units.js";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./features.js").Face} Face */

const IRIS_MM = 11.7;
const EYEBALL_MM = 12;
const MOST_OFFSET = 0.9;
const CLOSED = 0.7;
export const REST_ROWS = 25;
const ON_SCREEN = { radians: 0.35, slope: 0.07 };

/** @param {Face} face @param {typeof EYES.first} eye @returns {Point} */
export function gazeOf(face, eye) {
  const iris = irisOf(face.points, eye);
  const centre = face.front[iris[0]];
  const radius = mean(iris.slice(1).map((at) => [distance(face.front[at], centre), 0, 0]))[0] || 1;
  const perUnit = IRIS_MM / 2 / radius / EYEBALL_MM;
  const [dx, dy] = minus(centre, eyeCentre(face.front, eye)).map((value) => value * perUnit);
  const far = Math.hypot(dx, dy);
  const within = far > MOST_OFFSET ? MOST_OFFSET / far : 1;
  const [x, y] = [dx * within, dy * within];
  return unit(inCamera(face.axes, [x, y, -Math.sqrt(1 - x * x - y * y)]));
}

/** This person's usual direction, from the first good seconds, until better data is known. */
export class Rest {
  constructor() {
    /** @type {Point[]} */
    this.seen = [];
    /** @type {Point | null} */
    this.direction = null;
  }

  /** @param {Point} direction */
  add(direction) {
    if (this.direction) return;
    this.seen.push(direction);
    if (this.seen.length < REST_ROWS) return;
    this.direction = unit(/** @type {Point} */ ([0, 1, 2].map((at) => median(this.seen.map((d) => d[at])))));
    this.seen = [];
  }
}

/**
 * Return one row of the stream: both vectors, the probability that the screen is looked at,
 * quality.
 * @param {Face} face @param {number} closed 0-1 @param {number} quality @param {Rest} rest
 * @param {import("./gaze_fit.js").Fit | null} [fit] result of the set-up with this person
 * @returns {number[]}
 */
export function gazeRow(face, closed, quality, rest, fit = null) {
  if (closed > CLOSED) return [NaN, NaN, NaN, NaN, NaN, NaN, NaN, quality];
  const first = gazeOf(face, EYES.first);
  const second = gazeOf(face, EYES.second);
  const both = unit(mean([first, second]));
  if (quality > 0.5) rest.add(both);
  return [...first, ...second, fit ? shareInside(fit, both) : nearUsual(both, rest.direction), quality];
}

/** @param {Point} direction @param {Point | null} usual */
function nearUsual(direction, usual) {
  if (!usual) return NaN;
  const off = Math.acos(Math.max(-1, Math.min(1, dot(direction, usual))));
  return 1 / (1 + Math.exp((off - ON_SCREEN.radians) / ON_SCREEN.slope));
}
