// @ts-check
/** How far the numbers of a frame may be trusted, 0-1, and its worst defect in one word. Pure. */

/** @typedef {"on" | "dark" | "blurred" | "far" | "turned" | "slow"} Word */
/** @typedef {{light: number, clipped: number, sharpness: number}} Look */
/** @typedef {{look: Look, facePx: number, pose: {yaw: number, pitch: number, roll: number}, fps: number}} Seen */

/** Side of the grey picture of the face that is examined. */
export const PATCH = 64;
const WEAK = 0.6;

/**
 * Measure light, share of clipped highlights, and sharpness (spread of the Laplacian over the
 * light) of a patch.
 * @param {ArrayLike<number>} rgba PATCH x PATCH pixels
 * @returns {Look}
 */
export function look(rgba) {
  const grey = Float32Array.from({ length: PATCH * PATCH }, (_, at) =>
    0.299 * rgba[4 * at] + 0.587 * rgba[4 * at + 1] + 0.114 * rgba[4 * at + 2]);
  const light = grey.reduce((total, value) => total + value, 0) / grey.length;
  const clipped = grey.filter((value) => value > 250).length / grey.length;
  return { light, clipped, sharpness: roughness(grey) / (light || 1) };
}

/** @param {Float32Array} grey */
function roughness(grey) {
  let sum = 0;
  let count = 0;
  for (let y = 1; y < PATCH - 1; y += 1) {
    for (let x = 1; x < PATCH - 1; x += 1) {
      const at = y * PATCH + x;
      sum += Math.abs(4 * grey[at] - grey[at - 1] - grey[at + 1] - grey[at - PATCH] - grey[at + PATCH]);
      count += 1;
    }
  }
  return sum / count;
}

/** @param {Seen} seen @returns {{quality: number, word: Word}} */
export function judge({ look: { light, clipped, sharpness }, facePx, pose, fps }) {
  /** @type {[Word, number][]} */
  const parts = [
    ["dark", ramp(light, 20, 45) * ramp(clipped, 0.3, 0.05)],
    ["blurred", ramp(sharpness, 0.01, 0.04)],
    ["far", ramp(facePx, 40, 80)],
    ["turned", Math.min(ramp(Math.abs(pose.yaw), 0.9, 0.5), ramp(Math.abs(pose.pitch), 0.9, 0.5), ramp(Math.abs(pose.roll), 0.7, 0.45))],
    ["slow", ramp(fps, 2, 5)],
  ];
  const quality = parts.reduce((product, [, part]) => product * part, 1);
  const [word] = parts.reduce((worst, part) => (part[1] < worst[1] ? part : worst));
  return { quality, word: quality < WEAK ? word : "on" };
}

/**
 * Return 0 at `from`, 1 at `to`, and linear values between.
 * @param {number} value @param {number} from @param {number} to
 */
const ramp = (value, from, to) => Math.max(0, Math.min(1, (value - from) / (to - from)));

/** Frames a second over the last two seconds. */
export class Pace {
  constructor() {
    /** @type {number[]} */
    this.times = [];
  }

  /** @param {number} ms */
  beat(ms) {
    this.times = [...this.times.filter((time) => ms - time < 2000), ms];
    const [first] = this.times;
    return this.times.length < 3 ? 10 : (1000 * (this.times.length - 1)) / (ms - first);
  }
}
