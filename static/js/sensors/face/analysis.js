// @ts-check
/**
 * One frame's faces -> its rows of numbers. What it learns about this person lasts for this
 * sitting.
 */
import { faceOf, lengths, pointsOf } from "./features.js";
import { gazeRow, Rest } from "./gaze.js";
import { judge, Pace } from "./quality.js";
import { blink, intensities, Neutral } from "./action_units.js";

/** @typedef {import("./backends/choice.js").Found} Found */
/** @typedef {import("./action_units.js").Resting} Resting */
/**
 * @typedef {{neutral?: Resting & {backend: string},
 *   gaze?: import("./gaze_fit.js").Fit & {backend: string, words: string}}} Known
 *   results of the set-up with this person, by library
 */
/**
 * @typedef {{width: number, height: number, scale: number, look: import("./quality.js").Look,
 *   ms: number}} Frame scale: pixels here per pixel of the camera
 */
/** @typedef {{faces: number, word: string, quality: number, face: number[] | null, gaze: number[] | null}} Seen */

/**
 * Smaller boxes, in pixels of the camera, are no person at this desk: a poster, a cloud, a
 * passer-by.
 */
const LEAST_BOX_PX = 60;
const CALM = { quality: 0.5, turn: 0.5 };
/** How long the face at rest is recorded on request, and the least number of good frames. */
export const LESSON = { ms: 10_000, rows: 50 };

export class Analysis {
  /**
   * @param {readonly string[]} streams that may be computed
   * @param {string} [backend] the library that finds the landmarks
   */
  constructor(streams, backend = "") {
    this.streams = streams;
    this.pace = new Pace();
    /**
     * The position of the single face, in pixels; null: there is not exactly one.
     * @type {import("./geometry.js").Point[] | null}
     */
    this.points = null;
    /** @type {Known} */
    this.known = {};
    /** The recording in progress. @type {Neutral | null} */
    this.lesson = null;
    this.backend = backend;
    this.rest = new Rest();
    this.neutral = new Neutral();
    /** @type {Known["gaze"] | null} */
    this.gaze = null;
  }

  /**
   * Use another library: it measures other lengths, so earlier results are of no use.
   * @param {string} backend
   */
  through(backend) {
    this.backend = backend;
    this.rest = new Rest();
    this.neutral = new Neutral();
    this.know(this.known);
  }

  /** @param {Known} [known] */
  know(known = {}) {
    this.known = known;
    const { neutral, gaze } = known;
    if (neutral?.backend === this.backend) this.neutral = new Neutral({ resting: neutral });
    else if (this.neutral.given) this.neutral = new Neutral();
    this.gaze = gaze?.backend === this.backend ? gaze : null;
  }

  /** Start to record the face at rest. */
  learn() {
    this.lesson = new Neutral(LESSON);
  }

  /** Return the face at rest once, when it was recorded. @returns {Resting | null} */
  learned() {
    const resting = this.lesson?.resting() ?? null;
    if (resting) this.lesson = null;
    return resting;
  }

  /** @param {Found[]} all @param {Frame} frame @returns {Seen} */
  see(all, frame) {
    const fps = this.pace.beat(frame.ms);
    const found = all.filter(({ box }) => box[2] * frame.width >= LEAST_BOX_PX * frame.scale);
    const nothing = { faces: found.length, quality: 0, face: null, gaze: null };
    this.points = null;
    if (found.length !== 1) return { ...nothing, word: found.length ? "several_faces" : "no_face" };
    const face = faceOf(pointsOf(found[0].mesh, frame.width, frame.height), frame.width, frame.height);
    this.points = face.points;
    const { quality, word } = judge({ look: frame.look, facePx: face.widthPx / frame.scale, pose: face.pose, fps });
    const measured = lengths(face.front);
    if (quality >= CALM.quality && Math.abs(face.pose.yaw) < CALM.turn) this.#rested(measured, frame.ms);
    const closed = blink(measured, this.neutral);
    const wanted = (/** @type {string} */ stream) => this.streams.includes(stream);
    return {
      faces: 1, word, quality,
      face: wanted("face") ? this.#faceRow(face, measured, closed, quality) : null,
      gaze: wanted("gaze") ? gazeRow(face, closed, quality, this.rest, this.gaze) : null,
    };
  }

  /** @param {import("./features.js").Lengths} measured @param {number} ms */
  #rested(measured, ms) {
    this.neutral.add(measured, ms);
    this.lesson?.add(measured, ms);
  }

  /** @param {import("./features.js").Face} face @param {import("./features.js").Lengths} measured @param {number} closed @param {number} quality */
  #faceRow({ pose, place }, measured, closed, quality) {
    const { units, confidences } = intensities(measured, this.neutral, quality, this.backend);
    return [
      ...units, ...confidences,
      pose.yaw, pose.pitch, pose.roll, place.x, place.y, place.z, closed, quality,
    ];
  }
}
