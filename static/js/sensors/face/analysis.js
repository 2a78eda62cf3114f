// @ts-check
/** One frame's faces -> its rows of numbers. Holds what it learned of this person, for this sitting only. */
import { faceOf, lengths, pointsOf } from "./features.js";
import { gazeRow, Rest } from "./gaze.js";
import { judge, Pace } from "./quality.js";
import { blink, intensities, Neutral } from "./units.js";

/** @typedef {{meshRaw: number[][], boxRaw: number[]}} Found a face as Human gives it */
/** @typedef {{width: number, height: number, scale: number, look: import("./quality.js").Look, ms: number}} Frame scale: pixels here per pixel of the camera */
/** @typedef {{faces: number, word: string, quality: number, face: number[] | null, gaze: number[] | null}} Seen */

/** Smaller boxes, in pixels of the camera, are nobody at this desk: a poster, a cloud, somebody passing. */
const LEAST_BOX_PX = 60;
const CALM = { quality: 0.5, turn: 0.5 };

export class Analysis {
  /** @param {readonly string[]} streams what may be computed at all */
  constructor(streams) {
    this.streams = streams;
    this.neutral = new Neutral();
    this.rest = new Rest();
    this.pace = new Pace();
  }

  /** @param {Found[]} all @param {Frame} frame @returns {Seen} */
  see(all, frame) {
    const fps = this.pace.beat(frame.ms);
    const found = all.filter(({ boxRaw }) => boxRaw[2] * frame.width >= LEAST_BOX_PX * frame.scale);
    const nothing = { faces: found.length, quality: 0, face: null, gaze: null };
    if (found.length !== 1) return { ...nothing, word: found.length ? "several_faces" : "no_face" };
    const [{ meshRaw, boxRaw }] = found;
    const face = faceOf(pointsOf(meshRaw, frame.width, frame.height, boxRaw[2]), frame.width, frame.height);
    const { look } = frame;
    const { quality, word } = judge({ look, facePx: face.widthPx / frame.scale, pose: face.pose, fps });
    const measured = lengths(face.front);
    if (quality >= CALM.quality && Math.abs(face.pose.yaw) < CALM.turn) this.neutral.add(measured, frame.ms);
    const closed = blink(measured, this.neutral);
    const wanted = (/** @type {string} */ stream) => this.streams.includes(stream);
    return {
      faces: 1, word, quality,
      face: wanted("face") ? this.#faceRow(face, measured, closed, quality) : null,
      gaze: wanted("gaze") ? gazeRow(face, closed, quality, this.rest) : null,
    };
  }

  /** @param {import("./features.js").Face} face @param {import("./features.js").Lengths} measured @param {number} closed @param {number} quality */
  #faceRow({ pose, place }, measured, closed, quality) {
    const { units, confidences } = intensities(measured, this.neutral, quality);
    return [
      ...units, ...confidences,
      pose.yaw, pose.pitch, pose.roll, place.x, place.y, place.z, closed, quality,
    ];
  }
}
