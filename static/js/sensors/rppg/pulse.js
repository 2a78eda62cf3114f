// @ts-check
/**
 * From the pictures of the worker to the heart rate, once a second: a rate or none, its certainty,
 * and a word.
 *
 * Colours stay in this module and end with the worker.
 */
import { read } from "./quality_check.js";
import { Skin } from "./skin.js";
import { Trace } from "./trace.js";

/** @typedef {import("./message.js").Told} Told */

const HOP_MS = 1000;

export class Pulse {
  constructor() {
    this.skin = new Skin();
    this.trace = new Trace();
    this.dueMs = 0;
    this.late = Infinity;
  }

  /**
   * Set where the face is now.
   * @param {import("../face/geometry.js").Point[] | null} points @param {number} ms
   */
  follow(points, ms) {
    this.skin.follow(points, ms);
  }

  /** Return whether there is skin to analyse in the next picture. */
  get sees() {
    return this.skin.known;
  }

  /**
   * Analyse a picture's skin.
   * @param {import("./skin.js").Picture} picture
   * @param {number} ms now @param {number} [takenUs] when it was taken, by its own clock
   * @returns {Told | null} the result, once a second
   */
  look(picture, ms, takenUs) {
    const seen = this.skin.colour(picture);
    if (!seen) return null;
    const at = this.#taken(ms, takenUs);
    this.trace.add({ ms: at, ...seen, moved: this.skin.moved });
    if (at < this.dueMs) return null;
    this.dueMs = at - this.dueMs < HOP_MS / 2 ? this.dueMs + HOP_MS : at + HOP_MS;
    return told(at, read(this.trace.samples));
  }

  /**
   * Estimate when a picture was taken: pictures wait for different times, and the least wait is the
   * camera's own.
   * @param {number} ms @param {number} [takenUs]
   */
  #taken(ms, takenUs) {
    if (takenUs === undefined) return ms;
    this.late = Math.min(this.late, ms - takenUs / 1000);
    return takenUs / 1000 + this.late;
  }
}

/** @param {number} ms @param {import("./quality_check.js").Pulse | null} pulse @returns {Told} */
function told(ms, pulse) {
  if (!pulse) return { word: "looking", ms, row: null };
  const { hr, snr, disagreement, quality, word } = pulse;
  return { word, ms, row: [hr ?? NaN, snr, disagreement, quality] };
}
