// @ts-check
/**
 * From the mesh of one face to its pose, position, and lengths of the face turned forward, in units
 * of the distance between the eyes.
 *
 * Pure; no picture is used here.
 */
import { axesOf, distance, inHead, mean, minus, turns } from "./geometry.js";
import { EYES, HEAD, IRISES, MOUTH, NOSE, POINTS } from "./landmarks.js";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./geometry.js").Axes} Axes */
/** @typedef {{outer: number, inner: number, upper: number[], lower: number[], inBrow: number[], outBrow: number[], cheek: number}} Eye */
/**
 * @typedef {object} Face
 * @property {Axes} axes
 * @property {Point[]} points in the camera's coordinates, pixels
 * @property {Point[]} front turned forward, in units of the distance between the eyes
 * @property {{yaw: number, pitch: number, roll: number}} pose
 * @property {{x: number, y: number, z: number}} place in face widths, from the middle of the picture
 * @property {number} widthPx
 */

/** The tangent of half the angle of a usual webcam (60 degrees); pages cannot read the real one. */
const HALF_VIEW = Math.tan(Math.PI / 6);

/**
 * Return the mesh as points in pixels.
 * @param {number[][]} mesh 478 x (x, y, z) as shares of the picture: of its width, height, width
 * @param {number} width @param {number} height
 * @returns {Point[]}
 */
export function pointsOf(mesh, width, height) {
  if (mesh.length !== POINTS) throw new RangeError(`expected ${POINTS} landmarks, got ${mesh.length}`);
  return mesh.map(([x, y, z]) => [x * width, y * height, z * width]);
}

/**
 * Find the iris of an eye by distance, because libraries disagree on the order.
 * @param {Point[]} points @param {Eye} eye
 */
export function irisOf(points, eye) {
  const centre = mean([points[eye.outer], points[eye.inner]]);
  const [one, other] = IRISES;
  return distance(points[one[0]], centre) <= distance(points[other[0]], centre) ? one : other;
}

/** @param {Point[]} points @param {number} width @param {number} height @returns {Face} */
export function faceOf(points, width, height) {
  const axes = axesOf(points[HEAD.first], points[HEAD.second], points[HEAD.top], points[HEAD.chin]);
  const centre = eyesCentre(points);
  const apart = distance(eyeCentre(points, EYES.first), eyeCentre(points, EYES.second)) || 1;
  const front = points.map((point) =>
    /** @type {Point} */ (inHead(axes, minus(point, centre)).map((value) => value / apart)));
  const widthPx = distance(points[HEAD.first], points[HEAD.second]) || 1;
  return { axes, points, front, pose: turns(axes), place: placeOf(points, widthPx, width, height), widthPx };
}

/** @param {Point[]} points @param {number} widthPx @param {number} width @param {number} height */
function placeOf(points, widthPx, width, height) {
  const [x, y] = mean([points[HEAD.first], points[HEAD.second], points[HEAD.top], points[HEAD.chin]]);
  return { x: (x - width / 2) / widthPx, y: (y - height / 2) / widthPx, z: width / 2 / HALF_VIEW / widthPx };
}

/** @param {Point[]} points @param {Eye} eye */
export const eyeCentre = (points, eye) => mean([points[eye.outer], points[eye.inner]]);

/** @param {Point[]} points */
const eyesCentre = (points) => mean([eyeCentre(points, EYES.first), eyeCentre(points, EYES.second)]);

/**
 * Return the lengths that action units change, each the mean of both sides.
 * @param {Point[]} p the face turned forward
 */
export function lengths(p) {
  const both = (/** @type {(eye: Eye) => number} */ of) => (of(EYES.first) + of(EYES.second)) / 2;
  const y = (/** @type {number[]} */ at) => mean(at.map((index) => p[index]))[1];
  const gap = both((eye) => y(eye.lower) - y(eye.upper));
  return {
    innerBrow: both((eye) => eyeCentre(p, eye)[1] - y(eye.inBrow)),
    outerBrow: both((eye) => eyeCentre(p, eye)[1] - y(eye.outBrow)),
    browsApart: Math.abs(p[EYES.second.inBrow[0]][0] - p[EYES.first.inBrow[0]][0]),
    lids: gap,
    openness: gap / (both((eye) => Math.abs(p[eye.outer][0] - p[eye.inner][0])) || 1),
    cheek: both((eye) => p[eye.cheek][1] - y(eye.lower)),
    nostrils: (y([NOSE.first, NOSE.second]) - y([EYES.first.inner, EYES.second.inner])),
    upperLip: p[MOUTH.top][1] - p[NOSE.base][1],
    cornerLift: y([MOUTH.upper, MOUTH.lower]) - y([MOUTH.first, MOUTH.second]),
    mouthWidth: Math.abs(p[MOUTH.second][0] - p[MOUTH.first][0]),
    lips: p[MOUTH.upper][1] - p[MOUTH.top][1] + p[MOUTH.bottom][1] - p[MOUTH.lower][1],
    lipGap: p[MOUTH.lower][1] - p[MOUTH.upper][1],
    chin: p[HEAD.chin][1] - p[MOUTH.bottom][1],
    jaw: p[HEAD.chin][1] - p[NOSE.base][1],
  };
}

/** @typedef {ReturnType<typeof lengths>} Lengths */
