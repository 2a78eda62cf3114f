// @ts-check
/**
 * One Stream inside a Window, and its seconds: computed as in `emotion/windows.py` and
 * `emotion/features/resampling.py`.
 */
import { STREAMS } from "../telemetry/streams.js";

/** An event row (a heart beat) is valid for at most this long. */
const EVENT_HOLDS_S = 2;
/** The channel that holds a row's quality has one of these names. */
const QUALITY = ["quality", "contact"];

/**
 * @typedef {{t0: number, rateHz: number, rows: number[][], backend?: string}} Chunk
 *   rows as in a Block, NaN = missing; rateHz 0: the first column is the row's time
 * @typedef {{values: number[][], times: number[], mask: boolean[][], quality: number,
 *   periodS: number}} Track
 * @typedef {{values: number[][], mask: boolean[][]}} Steps T seconds of features
 */

/**
 * Return the rows whose time overlaps [t0, t1), of the device with the newest row; null without
 * any.
 * @param {string} stream @param {Chunk[]} chunks @param {number} t0 @param {number} t1
 * @returns {Track | null}
 */
export function track(stream, chunks, t0, t1) {
  const { channels } = STREAMS[stream];
  const before = chunks.filter((chunk) => chunk.t0 < t1).sort((a, b) => a.t0 - b.t0);
  const ours = before.filter((chunk) => chunk.backend === before.at(-1)?.backend);
  const rate = ours.find(({ rateHz }) => rateHz > 0)?.rateHz ?? 0;
  const periodS = rate ? 1 / rate : EVENT_HOLDS_S;
  const found = ours.flatMap(timed).filter(([time]) => time > t0 - periodS && time < t1);
  if (!found.length) return null;
  found.sort(([a], [b]) => a - b);
  const times = found.map(([time]) => time);
  const raw = found.map(([, row]) => row);
  const mask = raw.map((row) => row.map((value, c) => value >= channels[c].lo && value <= channels[c].hi));
  const values = raw.map((row, n) => row.map((value, c) => (mask[n][c] ? value : 0)));
  const quality = covered(times, t0, t1, periodS) * inRange(raw, mask) * own(stream, values, mask);
  return { values, times, mask, quality, periodS };
}

/** @param {Chunk} chunk @returns {[number, number[]][]} */
const timed = ({ t0, rateHz, rows }) => rows.map((row, n) => [rateHz ? t0 + n / rateHz : row[0], row]);

/** @param {number[]} times @param {number} t0 @param {number} t1 @param {number} periodS */
function covered(times, t0, t1, periodS) {
  const spans = times.map((time, n) =>
    Math.min(times[n + 1] ?? Infinity, time + periodS, t1) - Math.max(time, t0));
  return Math.min(1, sum(spans.map((span) => Math.max(0, span))) / (t1 - t0));
}

/** @param {number[][]} raw @param {boolean[][]} mask */
function inRange(raw, mask) {
  const all = raw.flat();
  const there = mask.flat();
  return 1 - all.filter((value, at) => !there[at] && !Number.isNaN(value)).length / all.length;
}

/**
 * Return the quality that the sensor itself reports.
 * @param {string} stream @param {number[][]} values @param {boolean[][]} mask
 */
function own(stream, values, mask) {
  const column = STREAMS[stream].channels.findIndex(({ name }) => QUALITY.includes(name));
  if (column < 0) return 1;
  const said = values.filter((_, n) => mask[n][column]).map((row) => row[column]);
  return said.length ? sum(said) / said.length : 1;
}

/**
 * Give each second the newest row that is still valid at its middle.
 * @param {Track} track @param {number} t1 @param {number} steps @returns {Steps}
 */
export function held({ values, times, mask, periodS }, t1, steps) {
  const rows = seconds(t1, steps).map((start) => {
    const middle = start + 0.5;
    const row = times.findLastIndex((time) => time <= middle);
    return row >= 0 && middle < times[row] + periodS ? row : -1;
  });
  const nothing = values[0].map(() => 0);
  return {
    values: rows.map((row) => (row < 0 ? nothing : values[row])),
    mask: rows.map((row) => (row < 0 ? nothing.map(() => false) : mask[row])),
  };
}

/**
 * Give each second the mean of its rows' present values, channel by channel.
 * @param {Track} track @param {number} t1 @param {number} steps @returns {Steps}
 */
export function averaged({ values, times, mask }, t1, steps) {
  const inside = members(times, t1, steps);
  const channels = [...values[0].keys()];
  const counts = inside.map((rows) => channels.map((c) => rows.filter((n) => mask[n][c]).length));
  return {
    values: inside.map((rows, at) =>
      channels.map((c) => sum(rows.map((n) => values[n][c])) / Math.max(1, counts[at][c]))),
    mask: counts.map((row) => row.map((count) => count > 0)),
  };
}

/**
 * Give each second the root of the summed variance of `columns`, from at least two rows.
 * @param {Track} track @param {number} t1 @param {number[]} columns @param {number} steps
 * @returns {Steps}
 */
export function spread({ values, times, mask }, t1, columns, steps) {
  const seen = members(times, t1, steps).map((rows) =>
    rows.filter((n) => columns.every((c) => mask[n][c])));
  const moved = seen.map((rows) => Math.sqrt(sum(columns.map((c) => variance(rows.map((n) => values[n][c]))))));
  return {
    values: moved.map((value, at) => [seen[at].length >= 2 ? value : 0]),
    mask: seen.map((rows) => [rows.length >= 2]),
  };
}

/** Return the starts of the seconds before `t1`. @param {number} t1 @param {number} steps */
export const seconds = (t1, steps) => Array.from({ length: steps }, (_, n) => t1 - steps + n);

/**
 * Return, by second, the rows that begin in it.
 * @param {number[]} times @param {number} t1 @param {number} steps @returns {number[][]}
 */
function members(times, t1, steps) {
  const inside = Array.from({ length: steps }, () => /** @type {number[]} */ ([]));
  times.forEach((time, n) => inside[Math.floor(time - (t1 - steps))]?.push(n));
  return inside;
}

/** @param {number[]} numbers */
function variance(numbers) {
  const count = Math.max(1, numbers.length);
  const mean = sum(numbers) / count;
  return Math.max(0, sum(numbers.map((x) => x ** 2)) / count - mean ** 2);
}

/** @param {number[]} numbers */
export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
