// @ts-check
/**
 * Points and rotations in the camera's coordinates: x to the right, y down, z away, as in OpenFace.
 */

/** @typedef {[number, number, number]} Point */
/** @typedef {[Point, Point, Point]} Axes rows: the head's own x, y and z in camera coordinates */

/** @param {Point} a @param {Point} b @returns {Point} */
export const minus = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** @param {Point} a @param {Point} b */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @param {Point} a @param {Point} b @returns {Point} */
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** @param {Point} a @returns {Point} */
export function unit(a) {
  const length = Math.sqrt(dot(a, a)) || 1;
  return [a[0] / length, a[1] / length, a[2] / length];
}

/** @param {Point} a @param {Point} b */
export const distance = (a, b) => Math.sqrt(dot(minus(a, b), minus(a, b)));

/** @param {Point[]} points @returns {Point} */
export function mean(points) {
  const sum = points.reduce((total, p) => [total[0] + p[0], total[1] + p[1], total[2] + p[2]], [0, 0, 0]);
  return /** @type {Point} */ (sum.map((value) => value / points.length));
}

/**
 * Return the head's axes from its temples, forehead and chin.
 * @param {Point} first @param {Point} second @param {Point} top @param {Point} chin @returns {Axes}
 */
export function axesOf(first, second, top, chin) {
  const x = unit(minus(second, first));
  const down = minus(chin, top);
  const z = unit(cross(x, down));
  return [x, cross(z, x), z];
}

/**
 * Convert a point of the camera to the head's coordinates.
 * @param {Axes} axes @param {Point} point @returns {Point}
 */
export const inHead = ([x, y, z], point) => [dot(x, point), dot(y, point), dot(z, point)];

/**
 * Convert a direction of the head to the camera's coordinates.
 * @param {Axes} axes @param {Point} p @returns {Point}
 */
export const inCamera = ([x, y, z], p) =>
  /** @type {Point} */ ([0, 1, 2].map((at) => x[at] * p[0] + y[at] * p[1] + z[at] * p[2]));

/**
 * Return the angles of R = Rx(pitch) Ry(yaw) Rz(roll), right-handed: yaw > 0 turns to the picture's
 * left, pitch > 0 looks down, roll > 0 lowers the eye on the right of the picture.
 * @param {Axes} axes
 */
export function turns([x, y, z]) {
  return {
    yaw: Math.asin(Math.max(-1, Math.min(1, z[0]))),
    pitch: Math.atan2(-z[1], z[2]),
    roll: Math.atan2(-y[0], x[0]),
  };
}
