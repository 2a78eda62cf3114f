// @ts-check
/**
 * The pulse data that leaves the worker, once a second: a word of a closed list, a time, and the
 * row.
 */

export const WORDS = Object.freeze(["looking", "on", "dark", "bright", "moving", "slow"]);
export const CHANNELS = 4;
/** No other message of the worker has this length. */
export const LENGTH = 2 + CHANNELS;

/**
 * @typedef {{word: string, ms: number, row: number[] | null}} Told
 *   row: hr (NaN where it is uncertain), snr, disagreement, quality
 */

/** @param {Told} told @returns {Float64Array} */
export const packPulse = ({ word, ms, row }) =>
  Float64Array.from([WORDS.indexOf(word), ms, ...(row ?? [NaN, NaN, NaN, NaN])]);

/** @param {Float64Array} packed @returns {Told | null} null: it is another message */
export function unpackPulse(packed) {
  if (packed.length !== LENGTH) return null;
  const [word, ms, ...row] = packed;
  return { word: WORDS[word], ms, row: Number.isNaN(row[1]) ? null : row };
}
