// @ts-check
/**
 * Where skin is in a picture (forehead and both cheeks, by the mesh), and its mean colour.
 *
 * Between two meshes it uses the last position. The picture is read here and not stored.
 */
import { EYES } from "../face/landmarks.js";
import { eyeCentre } from "../face/features.js";
import { distance } from "../face/geometry.js";

/** @typedef {import("../face/geometry.js").Point} Point */
/** @typedef {Pick<OffscreenCanvasRenderingContext2D, "getImageData">} Picture */

/** The middle of the forehead, and each cheek below the eye's outer half. */
export const PLACES = Object.freeze([151, 50, 280]);
/** The radius of a place, in eye distances. */
const REACH = 0.25;
/** The end of the scale: changes of lighter pixels cannot be measured. */
const FULL = 250;

export class Skin {
  constructor() {
    /** @type {Point[]} */
    this.centres = [];
    this.apart = 1;
    this.ms = 0;
    /** @type {[number, number]} */
    this.moved = [0, 0];
  }

  get known() {
    return this.centres.length > 0;
  }

  /**
   * @param {Point[] | null} points of the single face, in pixels; null: there is not exactly one
   * @param {number} ms
   */
  follow(points, ms) {
    const before = this.centres;
    this.centres = points ? PLACES.map((at) => points[at]) : [];
    if (points) this.apart = distance(eyeCentre(points, EYES.first), eyeCentre(points, EYES.second)) || 1;
    this.moved = points && before.length && ms > this.ms ? this.#speed(before, (ms - this.ms) / 1000) : [0, 0];
    this.ms = ms;
  }

  /**
   * Return the speed in eye distances a second, right and down.
   * @param {Point[]} before @param {number} seconds @returns {[number, number]}
   */
  #speed(before, seconds) {
    const [right, down] = [0, 1].map((axis) =>
      this.centres.reduce((sum, point, at) => sum + point[axis] - before[at][axis], 0) / PLACES.length / this.apart / seconds);
    return [right, down];
  }

  /**
   * @param {Picture} picture
   * @returns {{colour: [number, number, number], clipped: number} | null} null where no skin is
   *   visible
   */
  colour(picture) {
    const sums = [0, 0, 0, 0, 0];
    for (const centre of this.centres) add(sums, picture, centre, REACH * this.apart);
    const [red, green, blue, clipped, weight] = sums;
    return weight ? { colour: [red / weight, green / weight, blue / weight], clipped: clipped / weight } : null;
  }
}

/**
 * Add the colours within `reach` of a point, weighted to zero at its rim, so that a shift of less
 * than a pixel changes little.
 * @param {number[]} sums red, green, blue, clipped, weight
 * @param {Picture} picture @param {Point} centre @param {number} reach
 */
function add(sums, picture, [x, y], reach) {
  const [left, top, side] = [Math.floor(x - reach), Math.floor(y - reach), Math.ceil(2 * reach) + 1];
  const { data } = picture.getImageData(left, top, side, side);
  for (let at = 0; at < side * side; at += 1) {
    const [dx, dy] = [left + (at % side) + 0.5 - x, top + Math.floor(at / side) + 0.5 - y];
    const weight = data[4 * at + 3] ? Math.max(0, 1 - (dx * dx + dy * dy) / (reach * reach)) : 0;
    for (let band = 0; band < 3; band += 1) sums[band] += weight * data[4 * at + band];
    if (Math.max(data[4 * at], data[4 * at + 1], data[4 * at + 2]) >= FULL) sums[3] += weight;
    sums[4] += weight;
  }
}
