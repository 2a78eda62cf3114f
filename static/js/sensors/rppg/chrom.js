// @ts-check
/**
 * The second pulse method, which must agree with POS: colour differences that specular reflection
 * does not change.
 *
 * de Haan & Jeanne 2013, equations 5-8, with the band-pass taken in the spectrum. Pure.
 */
import { overMean } from "./pos.js";
import { spectrum, spread } from "./spectrum.js";

/**
 * Compute S = X - (sd X / sd Y) Y, X = 3R - 2G and Y = 1.5R + G - 1.5B of colours over their mean.
 * @param {readonly import("./pos.js").Colour[]} colours at `rateHz` @param {number} rateHz
 * @returns {import("./spectrum.js").Spectrum}
 */
export function chrom(colours, rateHz) {
  const even = overMean(colours);
  const x = spectrum(even.map(([red, green]) => 3 * red - 2 * green), rateHz);
  const y = spectrum(even.map(([red, green, blue]) => 1.5 * red + green - 1.5 * blue), rateHz);
  const share = spread(x) / (spread(y) || 1);
  return { re: x.re.map((value, at) => value - share * y.re[at]), im: x.im.map((value, at) => value - share * y.im[at]) };
}
