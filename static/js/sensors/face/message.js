// @ts-check
/**
 * All that ever leaves the worker: a Float64Array of fixed length. No picture fits into it, and no
 * text either; words are numbers of a closed list.
 */

export const WORDS = Object.freeze([
  "opening", "on", "dark", "blurred", "far", "turned", "slow", "no_face", "several_faces", "no_library",
]);
export const FACE = 44;
export const GAZE = 8;
const HEAD = ["word", "ms", "quality", "faces", "busyMs", "hasFace", "hasGaze"];
export const LENGTH = HEAD.length + FACE + GAZE;

/** @typedef {{word: string, ms: number, quality: number, faces: number, busyMs: number, face: number[] | null, gaze: number[] | null}} Seen */

/** @param {Seen} seen @returns {Float64Array} */
export function pack({ word, ms, quality, faces, busyMs, face, gaze }) {
  const packed = new Float64Array(LENGTH).fill(NaN);
  packed.set([WORDS.indexOf(word), ms, quality, faces, busyMs, face ? 1 : 0, gaze ? 1 : 0]);
  if (face) packed.set(exactly(face, FACE), HEAD.length);
  if (gaze) packed.set(exactly(gaze, GAZE), HEAD.length + FACE);
  return packed;
}

/** @param {Float64Array} packed @returns {Seen} */
export function unpack(packed) {
  const [word, ms, quality, faces, busyMs, hasFace, hasGaze] = packed;
  const from = HEAD.length;
  return {
    word: WORDS[word], ms, quality, faces, busyMs,
    face: hasFace ? [...packed.slice(from, from + FACE)] : null,
    gaze: hasGaze ? [...packed.slice(from + FACE, from + FACE + GAZE)] : null,
  };
}

/** @param {number[]} row @param {number} length */
function exactly(row, length) {
  if (row.length !== length) throw new RangeError(`expected ${length} numbers, got ${row.length}`);
  return row;
}
