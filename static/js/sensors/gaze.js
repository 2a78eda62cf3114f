// @ts-check
/**
 * Where the eyes point, ten rows a second, with the same camera and worker as the face.
 *
 * Computed only where this stream itself is allowed. "left" is the eye on the left of the picture.
 */
import { follow, slow as slowDown } from "./face/stream.js";

export const stream = "gaze";
export const rateHz = 10;
export const channels = Object.freeze([
  "left_x", "left_y", "left_z", "right_x", "right_y", "right_z", "on_screen", "quality",
]);

const QUALITY = channels.length - 1;

/** Fill a slot without a frame: eyes are fast, so nothing is known. @param {number[]} row */
export const unseen = (row) => row.map((value, at) => (at < QUALITY ? NaN : value));

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void} */
export const start = (onRows) => follow(stream, unseen, onRows);

/** @param {number} rateHz */
export const slow = (rateHz) => slowDown(stream, rateHz);
