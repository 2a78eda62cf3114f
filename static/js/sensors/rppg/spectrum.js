// @ts-check
/**
 * Where a trace is strongest in the range of human hearts, and by how much.
 *
 * A Hann-windowed spectrum is summed at each hundredth of a hertz, so that a band-pass is the
 * choice of these. Pure.
 */

/** @typedef {{re: Float64Array, im: Float64Array}} Spectrum */
/**
 * @typedef {{bpm: number, snr: number, edge: boolean}} Peak
 *   edge: the strongest value is no peak, but the slope of something slower or faster
 */

/** Hundredths of a hertz: 42 to 180 beats a minute. */
const BAND = Object.freeze({ lo: 70, hi: 300 });
const COUNT = BAND.hi - BAND.lo + 1;
/** The width to either side that still belongs to the pulse. */
const NEAR = 10;
export const SNR = Object.freeze({ lo: -30, hi: 40 });

/** @param {ArrayLike<number>} values at `rateHz` @param {number} rateHz @returns {Spectrum} */
export function spectrum(values, rateHz) {
  const shaped = windowed(level(values));
  const re = new Float64Array(COUNT);
  const im = new Float64Array(COUNT);
  for (let at = 0; at < COUNT; at += 1) {
    [re[at], im[at]] = summed(shaped, (2 * Math.PI * (BAND.lo + at)) / 100 / rateHz);
  }
  return { re, im };
}

/**
 * Sum the values, each rotated by `turn` against the previous one.
 * @param {Float64Array} values @param {number} turn
 */
function summed(values, turn) {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  let [c, s, re, im] = [1, 0, 0, 0];
  for (const value of values) {
    re += value * c;
    im -= value * s;
    [c, s] = [c * cos - s * sin, s * cos + c * sin];
  }
  return [re, im];
}

/** @param {Spectrum} spectrum */
export const power = ({ re, im }) => re.map((value, at) => value * value + im[at] * im[at]);

/**
 * Return the root of all power in the band: the spread of the band-passed trace, up to a factor.
 * @param {Spectrum} spectrum
 */
export const spread = (spectrum) => Math.sqrt(power(spectrum).reduce((sum, value) => sum + value, 0));

/** @param {Float64Array} power @returns {Peak} */
export function peak(power) {
  const top = power.reduce((best, value, at) => (value > power[best] ? at : best), 0);
  const edge = top === 0 || top === COUNT - 1;
  const beside = edge ? 0 : vertex(power[top - 1], power[top], power[top + 1]);
  return { bpm: (60 * (BAND.lo + top + beside)) / 100, snr: snr(power, top), edge };
}

/**
 * Return the power near the rate and near its double, over all the rest, in dB.
 * @param {Float64Array} power @param {number} top
 */
function snr(power, top) {
  const double = BAND.lo + 2 * top;
  let [pulse, rest] = [0, 0];
  power.forEach((value, at) => {
    if (Math.abs(at - top) <= NEAR || Math.abs(at - double) <= NEAR) pulse += value;
    else rest += value;
  });
  return pulse ? Math.max(SNR.lo, Math.min(SNR.hi, 10 * Math.log10(pulse / rest))) : SNR.lo;
}

/**
 * Return the share of the power of all spectra that lies within a tenth of a hertz of a rate.
 * @param {Spectrum[]} spectra @param {number} bpm
 */
export function near(spectra, bpm) {
  let [taken, all] = [0, 0];
  spectra.map(power).forEach((each) => each.forEach((value, at) => {
    all += value;
    if (Math.abs(BAND.lo + at - (100 * bpm) / 60) <= NEAR) taken += value;
  }));
  return taken / (all || 1);
}

/**
 * Return the spectrum of the running integral of a signal with this spectrum.
 * @param {Spectrum} spectrum @returns {Spectrum}
 */
export const risen = ({ re, im }) => ({
  re: im.map((value, at) => value / (BAND.lo + at)), im: re.map((value, at) => -value / (BAND.lo + at)),
});

/**
 * Return the share of a spectrum's power that a linear combination of others explains.
 * @param {Spectrum} spectrum @param {Spectrum[]} others
 */
export function explained(spectrum, others) {
  /** @type {Float64Array[]} each without the part that the previous ones explain */
  const apart = [];
  for (const other of others) apart.push(apart.reduce(without, column(other)));
  const seen = column(spectrum);
  return 1 - dot(apart.reduce(without, seen)) / (dot(seen) || 1);
}

/** @param {Spectrum} spectrum */
const column = ({ re, im }) => Float64Array.of(...re, ...im);

/** @param {Float64Array} one @param {Float64Array} [other] */
const dot = (one, other = one) => one.reduce((sum, value, at) => sum + value * other[at], 0);

/**
 * Return the part of one vector that is orthogonal to another.
 * @param {Float64Array} one @param {Float64Array} other
 */
function without(one, other) {
  const share = dot(one, other) / (dot(other) || 1);
  return one.map((value, at) => value - share * other[at]);
}

/**
 * Return the vertex of the parabola through three bins, relative to the middle one.
 * @param {number} left @param {number} middle @param {number} right
 */
function vertex(left, middle, right) {
  const bend = left - 2 * middle + right;
  return bend ? (left - right) / (2 * bend) : 0;
}

/** Remove the linear trend. @param {ArrayLike<number>} values */
function level(values) {
  const middle = (values.length - 1) / 2;
  let [mean, slope, size] = [0, 0, 0];
  for (let n = 0; n < values.length; n += 1) {
    mean += values[n] / values.length;
    slope += (n - middle) * values[n];
    size += (n - middle) ** 2;
  }
  return Float64Array.from(values, (value, n) => value - mean - (slope / size) * (n - middle));
}

/** @param {Float64Array} values */
const windowed = (values) => values.map((value, n) =>
  value * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / values.length)));
