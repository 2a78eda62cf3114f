// @ts-check
/**
 * A pulse trace from mean skin colours by "plane orthogonal to the skin": changes of all colours
 * together (light, motion) cancel out.
 *
 * Wang, den Brinker, Stuijk & de Haan 2017, algorithm 1. Pure.
 */

/** @typedef {[number, number, number]} Colour red, green, blue */

/** Long enough for a beat at 38 a minute, short enough for constant light. */
const SECONDS = 1.6;

/**
 * @param {readonly Colour[]} colours at `rateHz`, of at least 1.6 s @param {number} rateHz
 * @returns {Float64Array}
 */
export function pos(colours, rateHz) {
  const length = Math.round(SECONDS * rateHz);
  const trace = new Float64Array(colours.length);
  for (let from = 0; from + length <= colours.length; from += 1) {
    const part = projected(colours.slice(from, from + length));
    for (let n = 0; n < length; n += 1) trace[from + n] += part[n];
  }
  return trace;
}

/**
 * Compute h = S1 + (sd S1 / sd S2) S2 about its mean, S1 = G - B and S2 = G + B - 2R of colours
 * over their mean.
 * @param {Colour[]} colours
 */
function projected(colours) {
  const even = overMean(colours);
  const one = centred(even.map(([, green, blue]) => green - blue));
  const two = centred(even.map(([red, green, blue]) => green + blue - 2 * red));
  const share = size(one) / (size(two) || 1);
  return one.map((value, n) => value + share * two[n]);
}

/**
 * @param {readonly Colour[]} colours
 * @returns {Colour[]} each divided by its mean over the given time
 */
export function overMean(colours) {
  const mean = [0, 1, 2].map((at) => colours.reduce((sum, colour) => sum + colour[at], 0) / colours.length || 1);
  return colours.map(([red, green, blue]) => [red / mean[0], green / mean[1], blue / mean[2]]);
}

/** @param {number[]} values */
function centred(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** @param {number[]} values */
const size = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
