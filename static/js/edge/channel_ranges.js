// @ts-check
/**
 * The plausible range of each channel of the Streams read here: a copy of emotion/streams.json,
 * which a test compares.
 */

/** @param {number} count @param {number} lo @param {number} hi @returns {[number, number][]} */
const times = (count, lo, hi) => Array(count).fill([lo, hi]);

/**
 * By Stream the range of each channel, and the channel that holds a row's quality.
 * @type {Readonly<Record<string, {limits: readonly [number, number][], own?: number}>>}
 */
export const RANGES = Object.freeze({
  activity: { limits: [...times(3, 0, 1), [0, 20]] },
  face: { limits: [...times(18, 0, 5), ...times(18, 0, 1), ...times(3, -1.6, 1.6), ...times(3, -10, 10), ...times(2, 0, 1)], own: 43 },
  heart: { limits: [[0, 43200], [20, 250], [300, 2000], [0, 1]], own: 3 },
  pointer: {
    limits: [[0, 50], [0, 50], [0, 1], [0, 100], [0, 100], [0, 200], [0, 100], [0, 1], [0, 20], [0, 10], [0, 60], [-50, 50], [0, 50]],
  },
  typing: { limits: [...times(4, 0, 200), ...times(3, 0, 2000), ...times(3, 0, 5000), [0, 3], [0, 50]] },
});
