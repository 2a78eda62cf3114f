// @ts-check
/** Number and form of each Stream in a Block: the page's copy of emotion/streams.json (a test compares). */

/** @typedef {{number: number, dtype: "f4" | "i2", scale: number, rateHz: number | null}} Form */

/** @type {Readonly<Record<string, Form>>} */
export const STREAMS = Object.freeze({
  pointer: { number: 1, dtype: "f4", scale: 1, rateHz: 1 },
  typing: { number: 2, dtype: "f4", scale: 1, rateHz: 0.2 },
  activity: { number: 3, dtype: "f4", scale: 1, rateHz: 1 },
  face: { number: 4, dtype: "f4", scale: 1, rateHz: 10 },
  gaze: { number: 5, dtype: "f4", scale: 1, rateHz: 10 },
  rppg: { number: 6, dtype: "f4", scale: 1, rateHz: 1 },
  heart: { number: 7, dtype: "f4", scale: 1, rateHz: 0 },
  ppg: { number: 8, dtype: "i2", scale: 1, rateHz: null },
  ecg: { number: 9, dtype: "i2", scale: 1, rateHz: 130 },
  eda: { number: 10, dtype: "f4", scale: 1, rateHz: null },
  layout: { number: 11, dtype: "f4", scale: 1, rateHz: 0 },
  acc: { number: 12, dtype: "i2", scale: 1, rateHz: null },
  temp: { number: 13, dtype: "f4", scale: 1, rateHz: 4 },
  eeg: { number: 14, dtype: "i2", scale: 1, rateHz: null },
});
