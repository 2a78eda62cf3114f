// @ts-check
/**
 * Whether ten seconds of skin colour contain a reliable pulse.
 *
 * POS and CHROM stand out of the noise and agree from beginning to end, the head did not cause it,
 * and the picture was lit and steady. Otherwise there is no rate, but a word for the reason. Pure.
 */
import { chrom } from "./chrom.js";
import { pos } from "./pos.js";
import { explained, near, peak, power, risen, spectrum } from "./spectrum.js";
import { RATE_HZ, stretch } from "./trace.js";

/** @typedef {"on" | "looking" | "dark" | "bright" | "moving" | "slow"} Word */
/** @typedef {{hr: number | null, snr: number, disagreement: number, quality: number, word: Word}} Pulse */

/** At this SNR the quality is one half; below it there is no rate. */
const LEAST_SNR = 3;
export const LEAST_QUALITY = 0.5;
/**
 * The greatest difference of CHROM's rate from that of POS, and of POS in the first and last
 * seconds.
 */
const MOST_APART_BPM = 5;
const END_S = 6;
const LEAST_FPS = 12;
const MOST_LOST_MS = 1000;
const LIGHT = { lo: 40, hi: 230 };
const MOST_CLIPPED = 0.02;
/** Eye distances a second, in nine of ten frames. */
const MOST_SPEED = 0.6;
/**
 * At this speed (root mean square), with half of it at the beat of the "pulse" or half of the
 * "pulse" explained by it, the head may have caused it.
 */
const ROCKING = Object.freeze({ speed: 0.05, share: 0.5 });

/**
 * @param {import("./trace.js").Sample[]} samples of at least ten seconds, else there is no result
 * @returns {Pulse | null}
 */
export function read(samples) {
  const taken = stretch(samples);
  if (!taken) return null;
  const trace = pos(taken.colours, RATE_HZ);
  const [{ bpm, snr: bySnr, edge }, other] = [strongest(trace), peak(power(chrom(taken.colours, RATE_HZ)))];
  const snr = Math.min(bySnr, other.snr);
  const disagreement = Math.abs(bpm - other.bpm);
  const seenWell = fault(taken);
  const word = seenWell === "on" && rocking(taken.moved, trace, bpm) ? "moving" : seenWell;
  const steady = !edge && keepsPace(trace, bpm);
  const agreed = word === "on" && steady && disagreement <= MOST_APART_BPM;
  const quality = agreed ? 1 / (1 + Math.exp(LEAST_SNR - snr)) : 0;
  const passes = quality >= LEAST_QUALITY;
  return { hr: passes ? bpm : null, snr, disagreement, quality, word: passes || word !== "on" ? word : "looking" };
}

/**
 * Return the defect of the recording, independent of the colours.
 * @param {import("./trace.js").Stretch} stretch @returns {Word}
 */
export function fault({ seen, lostMs, fps }) {
  const light = mean(seen.map(({ colour: [red, green, blue] }) => 0.299 * red + 0.587 * green + 0.114 * blue));
  if (light < LIGHT.lo) return "dark";
  if (light > LIGHT.hi || mean(seen.map(({ clipped }) => clipped)) >= MOST_CLIPPED) return "bright";
  if (seen.filter(({ moved }) => Math.hypot(...moved) > MOST_SPEED).length > seen.length / 10) return "moving";
  if (fps < LEAST_FPS) return "slow";
  return lostMs > MOST_LOST_MS ? "looking" : "on";
}

/**
 * Return whether head movement explains the trace. Skin is not of one colour: a face that rocks
 * under the analysed places gives all methods its own rate. Either half of its movement has that
 * beat, or its position and speed explain half of the trace.
 * @param {number[][]} moved at 30 Hz @param {Float64Array} trace @param {number} bpm
 */
export function rocking(moved, trace, bpm) {
  const speed = Math.sqrt(mean(moved.map(([right, down]) => right * right + down * down)));
  const speeds = [0, 1].map((axis) => spectrum(moved.map((row) => row[axis]), RATE_HZ));
  const made = explained(spectrum(trace, RATE_HZ), [...speeds, ...speeds.map(risen)]);
  return speed >= ROCKING.speed && Math.max(near(speeds, bpm), made) >= ROCKING.share;
}

/** @param {Float64Array} trace */
const strongest = (trace) => peak(power(spectrum(trace, RATE_HZ)));

/**
 * Return whether the first and the last seconds alone have that rate too.
 * @param {Float64Array} trace @param {number} bpm
 */
function keepsPace(trace, bpm) {
  const rows = END_S * RATE_HZ;
  return [trace.slice(0, rows), trace.slice(-rows)].every((end) => Math.abs(strongest(end).bpm - bpm) <= MOST_APART_BPM);
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
