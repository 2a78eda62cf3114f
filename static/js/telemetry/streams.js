// @ts-check
/**
 * Number and form of each Stream in a Block: a copy of emotion/streams.json, which a test compares.
 */

/**
 * @typedef {{number: number, dtype: "f4" | "i2", scale: number, rateHz: number | null,
 *   steps: readonly number[]}} Form steps: the precision of each channel
 */

/** @param {number} count @param {number} step @returns {number[]} */
const times = (count, step) => Array(count).fill(step);

/** @type {Readonly<Record<string, Form>>} */
export const STREAMS = Object.freeze({
  pointer: { number: 1, dtype: "f4", scale: 1, rateHz: 1, steps: [...times(5, 0.001), 1, 0.01, 0.001, 1, 1, 0.001, 0.001, 1] },
  typing: { number: 2, dtype: "f4", scale: 1, rateHz: 0.2, steps: [...times(4, 1), ...times(6, 5), 1, 1] },
  activity: { number: 3, dtype: "f4", scale: 1, rateHz: 1, steps: [0.001, 0.001, 0.001, 1] },
  face: { number: 4, dtype: "f4", scale: 1, rateHz: 10, steps: [...times(36, 0.01), ...times(7, 0.001), 0.01] },
  gaze: { number: 5, dtype: "f4", scale: 1, rateHz: 10, steps: [...times(7, 0.001), 0.01] },
  rppg: { number: 6, dtype: "f4", scale: 1, rateHz: 1, steps: [0.1, 0.1, 0.1, 0.01] },
  heart: { number: 7, dtype: "f4", scale: 1, rateHz: 0, steps: [0.001, 0.1, 1, 0.001] },
  ppg: { number: 8, dtype: "i2", scale: 1, rateHz: null, steps: [1] },
  ecg: { number: 9, dtype: "i2", scale: 1, rateHz: 130, steps: [1] },
  eda: { number: 10, dtype: "f4", scale: 1, rateHz: null, steps: [0.001] },
  layout: { number: 11, dtype: "f4", scale: 1, rateHz: 0, steps: [0.001, ...times(4, 0.01), 1, 0.01, 0.01, 0.01, 20] },
  acc: { number: 12, dtype: "i2", scale: 1, rateHz: null, steps: [1, 1, 1] },
  temp: { number: 13, dtype: "f4", scale: 1, rateHz: 4, steps: [0.01] },
  eeg: { number: 14, dtype: "i2", scale: 1, rateHz: null, steps: [] },
});
