// @ts-check
/**
 * All that leaves the worker: a Float64Array of one of two fixed lengths.
 *
 * Neither a picture nor text fits into it; words are numbers of a closed list.
 */
import { UNITS } from "./action_units.js";

export const WORDS = Object.freeze([
  "opening", "on", "dark", "blurred", "far", "turned", "slow", "no_face", "several_faces", "no_library",
]);
/** The libraries that find the landmarks; "" while none does. */
export const BACKENDS = Object.freeze(["", "human", "face_mesh"]);
export const FACE = 44;
export const GAZE = 8;
const HEAD = ["word", "ms", "quality", "faces", "busyMs", "backend", "hasFace", "hasGaze"];
export const LENGTH = HEAD.length + FACE + GAZE;
/** A face at rest: the value of each unit, and how open the eyes are. */
export const REST = UNITS.length + 1;

/** @typedef {{word: string, ms: number, quality: number, faces: number, busyMs: number, backend: string, face: number[] | null, gaze: number[] | null}} Seen */

/** @param {Seen} seen @returns {Float64Array} */
export function pack({ word, ms, quality, faces, busyMs, backend, face, gaze }) {
  const packed = new Float64Array(LENGTH).fill(NaN);
  packed.set([WORDS.indexOf(word), ms, quality, faces, busyMs, BACKENDS.indexOf(backend), face ? 1 : 0, gaze ? 1 : 0]);
  if (face) packed.set(exactly(face, FACE), HEAD.length);
  if (gaze) packed.set(exactly(gaze, GAZE), HEAD.length + FACE);
  return packed;
}

/** @param {Float64Array} packed @returns {Seen} */
export function unpack(packed) {
  const [word, ms, quality, faces, busyMs, backend, hasFace, hasGaze] = packed;
  const from = HEAD.length;
  return {
    word: WORDS[word], ms, quality, faces, busyMs, backend: BACKENDS[backend],
    face: hasFace ? [...packed.slice(from, from + FACE)] : null,
    gaze: hasGaze ? [...packed.slice(from + FACE, from + FACE + GAZE)] : null,
  };
}

/** @param {import("./action_units.js").Resting} resting @returns {Float64Array} */
export const packRest = ({ values, openness }) => Float64Array.from(exactly([...values, openness], REST));

/**
 * @param {Float64Array} packed
 * @returns {import("./action_units.js").Resting | null} null: no face at rest, but a row
 */
export function unpackRest(packed) {
  if (packed.length !== REST) return null;
  return { values: [...packed.slice(0, -1)], openness: packed[REST - 1] };
}

/** @param {number[]} row @param {number} length */
function exactly(row, length) {
  if (row.length !== length) throw new RangeError(`expected ${length} numbers, got ${row.length}`);
  return row;
}
