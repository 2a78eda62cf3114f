// @ts-check
/**
 * The face as numbers, ten rows a second: intensities like action units with their confidence,
 * pose, position, blinks.
 *
 * Computed in a worker of this page; the picture goes nowhere.
 */
import { follow, slow as slowDown } from "./face/stream.js";
import { UNITS } from "./face/action_units.js";

export const stream = "face";
export const rateHz = 10;
export const channels = Object.freeze([
  ...UNITS.map(({ unit }) => unit), ...UNITS.map(({ unit }) => `${unit}_confidence`),
  "yaw", "pitch", "roll", "x", "y", "z", "blink", "quality",
]);

const MOVING = 2 * UNITS.length;

/**
 * Fill a slot without a frame: the head is where it was, what the face does is unknown.
 * @param {number[]} row
 */
export const unseen = (row) => row.map((value, at) => (at < UNITS.length ? NaN : at < MOVING ? 0 : value));

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void} */
export const start = (onRows) => follow(stream, unseen, onRows);

/** @param {number} rateHz */
export const slow = (rateHz) => slowDown(stream, rateHz);
