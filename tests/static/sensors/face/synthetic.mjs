// A face of 478 landmarks, symmetric about x = 0, in units of the distance between the eyes.
import { POINTS } from "../../../../static/js/sensors/face/landmarks.js";

export const [WIDTH, HEIGHT, APART] = [640, 480, 100];

/** The right half in the picture (x > 0); the other half is mirrored. */
const HALF = [
  // first, second, x, y, z
  [33, 263, 0.72, 0, 0.1], [133, 362, 0.28, 0, 0.05],
  [160, 387, 0.6, -0.07, 0.05], [159, 386, 0.5, -0.09, 0.05], [158, 385, 0.4, -0.07, 0.05],
  [144, 373, 0.6, 0.05, 0.05], [145, 374, 0.5, 0.07, 0.05], [153, 380, 0.4, 0.05, 0.05],
  [55, 285, 0.2, -0.3, 0], [107, 336, 0.22, -0.36, 0], [70, 300, 0.85, -0.35, 0.1], [63, 293, 0.7, -0.4, 0.05],
  [117, 346, 0.75, 0.5, 0.1], [61, 291, 0.4, 1.2, 0], [129, 358, 0.28, 0.7, -0.1],
  [234, 454, 1.1, 0.2, 0.6],
];
const MIDDLE = [
  [0, 0, 1.1, -0.1], [13, 0, 1.18, -0.08], [14, 0, 1.22, -0.08], [17, 0, 1.35, -0.08],
  [2, 0, 0.85, -0.2], [10, 0, -0.9, 0], [152, 0, 1.9, 0],
];
const RIM = [[0, 0], [0.09, 0], [0, -0.09], [-0.09, 0], [0, 0.09]];

/**
 * Return points by number, before any turn. `moved` = {index: [dx, dy, dz]}; irises by `look` =
 * [dx, dy].
 */
export function head({ moved = {}, look = [0, 0] } = {}) {
  const points = Array.from({ length: POINTS }, () => [0, 0.4, 0]);
  for (const [first, second, x, y, z] of HALF) {
    points[first] = [-x, y, z];
    points[second] = [x, y, z];
  }
  for (const [at, ...point] of MIDDLE) points[at] = point;
  // Human's order: 468 is the iris of the second eye, 473 of the first.
  RIM.forEach(([dx, dy], at) => {
    points[468 + at] = [0.5 + dx + look[0], dy + look[1], 0.05];
    points[473 + at] = [-0.5 + dx + look[0], dy + look[1], 0.05];
  });
  for (const [at, by] of Object.entries(moved)) points[at] = points[at].map((value, axis) => value + by[axis]);
  return points;
}

/** Turn as R = Rx(pitch) Ry(yaw) Rz(roll). */
export function turned(points, { yaw = 0, pitch = 0, roll = 0 }) {
  const turn = ([x, y, z], a, angle) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    if (a === "x") return [x, c * y - s * z, s * y + c * z];
    if (a === "y") return [c * x + s * z, y, -s * x + c * z];
    return [c * x - s * y, s * x + c * y, z];
  };
  return points.map((p) => turn(turn(turn(p, "z", roll), "y", yaw), "x", pitch));
}

/** Return the mesh as a backend gives it: shares of the picture, depths of its width. */
export const mesh = (points) =>
  points.map(([x, y, z]) => [0.5 + (x * APART) / WIDTH, 0.5 + (y * APART) / HEIGHT, (z * APART) / WIDTH]);

/**
 * Return the mesh as Human gives it, in a box `share` of the picture wide: the first eye's iris is
 * mirrored about its corners.
 */
export function meshRaw(points, { lids = false, brow = false, share = 1 } = {}) {
  const middle = (points[33][0] + points[133][0]) / 2;
  const flipped = new Set([473, 474, 475, 476, 477, ...(lids ? [33, 133, 160, 159, 158, 144, 145, 153] : []),
    ...(brow ? [55, 107, 70, 63] : [])]);
  const seen = points.map(([x, ...rest], at) => [flipped.has(at) ? 2 * middle - x : x, ...rest]);
  return mesh(seen).map(([x, y, z]) => [x, y, z / share]);
}
