// @ts-check
/** A Block as bytes (docs/socket.md): a head of 24 bytes, then rows x channels. */
import { STREAMS } from "./streams.js";

export const VERSION = 1;
export const HEAD_BYTES = 24;
export const MISSING_I2 = -32768;

/** @typedef {(number | null)[]} Row */
/**
 * @typedef {{stream: string, epoch: number, seq: number, t0: number, rateHz: number, rows: Row[],
 *   scale?: number}} Block scale: the value of one whole number, where a device reports it
 */

/**
 * Encode one Block as bytes; null and NaN mean "missing".
 * @param {Block} block
 * @returns {Uint8Array}
 */
export function encode({ stream, epoch, seq, t0, rateHz, rows, scale }) {
  const form = STREAMS[stream];
  if (!form) throw new RangeError(`expected a stream of ours, got ${stream}`);
  const channels = rows[0]?.length ?? 0;
  if (!channels || rows.some((row) => row.length !== channels)) {
    throw new RangeError("expected rows of one length, at least one");
  }
  const size = form.dtype === "f4" ? 4 : 2;
  const bytes = new Uint8Array(HEAD_BYTES + rows.length * channels * size);
  const view = new DataView(bytes.buffer);
  writeHead(view, form.number, { epoch, seq, t0, rateHz }, rows.length, channels);
  let at = HEAD_BYTES;
  for (const value of rows.flat()) {
    if (form.dtype === "f4") view.setFloat32(at, value ?? NaN, true);
    else view.setInt16(at, whole(value, scale ?? form.scale), true);
    at += size;
  }
  return bytes;
}

/**
 * Round rows to the precision of each channel: more digits would only distinguish people.
 * @param {string} stream @param {Row[]} rows @returns {Row[]}
 */
export function rounded(stream, rows) {
  const { dtype, channels } = STREAMS[stream];
  if (dtype === "i2") return rows;
  return rows.map((row) => row.map((value, at) => (value === null ? null : onStep(value, channels[at].step))));
}

/**
 * Round to whole steps; dividing by a whole number gives the nearest float, times 0.01 does not.
 * @param {number} value @param {number} step
 */
function onStep(value, step) {
  if (step >= 1) return Math.round(value / step) * step;
  const parts = Math.round(1 / step);
  return Math.round(value * parts) / parts;
}

/**
 * @param {DataView} view @param {number} number
 * @param {{epoch: number, seq: number, t0: number, rateHz: number}} head
 * @param {number} rows @param {number} channels
 */
function writeHead(view, number, head, rows, channels) {
  view.setUint8(0, VERSION);
  view.setUint8(1, number);
  view.setUint16(2, head.epoch & 0xffff, true);
  view.setUint32(4, head.seq, true);
  view.setFloat64(8, head.t0, true);
  view.setFloat32(16, head.rateHz, true);
  view.setUint16(20, rows, true);
  view.setUint16(22, channels, true);
}

/** @param {number | null} value @param {number} scale */
function whole(value, scale) {
  if (value === null || Number.isNaN(value)) return MISSING_I2;
  return Math.max(-32767, Math.min(32767, Math.round(value / scale)));
}
