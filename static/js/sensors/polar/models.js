// @ts-check
/**
 * The known Polar sensors by their name: what each measures besides the heart rate, how to request
 * it, and how its samples become rows.
 *
 * Other names give the heart rate alone.
 */

/**
 * @typedef {{settings: Record<string, number>, rateHz: number, scale: number, row: (sample: number[]) => number[]}} Measure
 * @typedef {{name: RegExp, backend: string, gives: Record<string, Measure>}} Model
 */

const same = (/** @type {number[]} */ sample) => sample;
/** The three lights; the fourth number is the ambient light. @param {number[]} sample */
const lights = ([first, second, third]) => [(first + second + third) / 3];

/** Counts of 22 bits are stored in two bytes in steps of this size. */
const PPG_STEP = 128;

/** @type {Model[]} */
export const MODELS = [
  {
    name: /^Polar H10\b/, backend: "polar_h10",
    gives: {
      ecg: { settings: { rate: 130, resolution: 14 }, rateHz: 130, scale: 1, row: same },
      acc: { settings: { rate: 25, resolution: 16, range: 8 }, rateHz: 25, scale: 1, row: same },
    },
  },
  {
    name: /^Polar Sense\b/, backend: "polar_verity",
    gives: {
      ppg: { settings: { rate: 55, resolution: 22, channels: 4 }, rateHz: 55, scale: PPG_STEP, row: lights },
      acc: { settings: { rate: 52, resolution: 16, range: 8, channels: 3 }, rateHz: 52, scale: 1, row: same },
    },
  },
];

/** @param {string | undefined} name @returns {Model | undefined} */
export const modelOf = (name) => MODELS.find((model) => model.name.test(name ?? ""));
