// @ts-check
/**
 * Polar Measurement Data as numbers: commands to the control point, its answers, and frames of
 * samples.
 *
 * Incomplete frames give null, never a part of one.
 */

export const TYPES = Object.freeze({ ecg: 0, ppg: 1, acc: 2 });
export const ERRORS = Object.freeze({ alreadyInState: 6, inCharger: 13 });
const OPERATIONS = { start: 2, stop: 3 };
const ANSWER = 0xf0;
const HEAD_BYTES = 10;
const COMPRESSED = 0x80;

/** Settings by their number: name, bytes of one value. @type {Record<number, [string, number]>} */
const SETTINGS = { 0: ["rate", 2], 1: ["resolution", 2], 2: ["range", 2], 3: ["range_milli", 4], 4: ["channels", 1], 5: ["factor", 4] };

/**
 * The layout of the samples in a frame: channels, bytes of a channel, and the value of one step in
 * the stream's unit; `ofFactor` where the device's own factor applies. By type and frame type.
 * @type {Record<string, {channels: number, bytes: number, unit: number, ofFactor?: boolean}>}
 */
const FORMS = {
  "0/0": { channels: 1, bytes: 3, unit: 1 },
  "1/0": { channels: 4, bytes: 3, unit: 1 },
  "1/128": { channels: 4, bytes: 3, unit: 1 },
  "2/0": { channels: 3, bytes: 1, unit: 1 },
  "2/1": { channels: 3, bytes: 2, unit: 1 },
  "2/128": { channels: 3, bytes: 2, unit: 1000, ofFactor: true },
  "2/129": { channels: 3, bytes: 2, unit: 1, ofFactor: true },
};

/**
 * @typedef {Record<string, number[]>} Settings
 * @typedef {{operation: number, type: number, error: number, more: boolean,
 *   settings: Settings}} Answer
 * @typedef {{type: number, stampMs: number, samples: number[][]}} Frame
 *   stampMs: of the last sample, ms since 2000 by the device's clock
 */

/** @param {number} type @param {Record<string, number>} settings @returns {Uint8Array<ArrayBuffer>} */
export function startCommand(type, settings) {
  const bytes = [OPERATIONS.start, type];
  for (const [number, [name, size]] of Object.entries(SETTINGS)) {
    if (!(name in settings)) continue;
    bytes.push(Number(number), 1);
    for (let at = 0; at < size; at += 1) bytes.push((settings[name] >>> (8 * at)) & 0xff);
  }
  return Uint8Array.from(bytes);
}

/** @param {number} type @returns {Uint8Array<ArrayBuffer>} */
export const stopCommand = (type) => Uint8Array.of(OPERATIONS.stop, type);

/**
 * Parse the control point's answer to a command.
 * @param {DataView} view @returns {Answer | null}
 */
export function parseAnswer(view) {
  if (view.byteLength < 4 || view.getUint8(0) !== ANSWER) return null;
  const [operation, type, error] = [view.getUint8(1), view.getUint8(2), view.getUint8(3)];
  const told = error === 0 && view.byteLength > 4;
  return {
    operation, type, error,
    more: told && view.getUint8(4) !== 0,
    settings: told ? parseSettings(view, 5) : {},
  };
}

/**
 * Read number, count and values of each setting; stop at an unknown number.
 * @param {DataView} view @param {number} from @returns {Settings}
 */
export function parseSettings(view, from = 0) {
  /** @type {Settings} */
  const found = {};
  for (let at = from; at + 2 <= view.byteLength;) {
    const [name, size] = SETTINGS[view.getUint8(at)] ?? ["", 0];
    const ends = at + 2 + view.getUint8(at + 1) * size;
    if (!name || ends > view.byteLength) break;
    const values = [];
    for (at += 2; at < ends; at += size) {
      values.push(name === "factor" ? view.getFloat32(at, true) : unsigned(view, at, size));
    }
    found[name] = values.filter(Number.isFinite);
  }
  return found;
}

/**
 * @param {DataView} view @param {number} factor from the answer to the start command
 * @returns {Frame | null}
 */
export function parseFrame(view, factor = 1) {
  if (view.byteLength <= HEAD_BYTES) return null;
  const [type, kind] = [view.getUint8(0), view.getUint8(9)];
  const form = FORMS[`${type}/${kind}`];
  const read = kind & COMPRESSED ? deltas : raw;
  const found = form && read(view, form.channels, form.bytes);
  if (!found) return null;
  const unit = form.unit * (form.ofFactor ? factor : 1);
  const samples = unit === 1 ? found : found.map((row) => row.map((value) => Math.round(value * unit)));
  return { type, stampMs: Number(view.getBigUint64(1, true)) / 1e6, samples };
}

/** @param {DataView} view @param {number} channels @param {number} bytes @returns {number[][] | null} */
function raw(view, channels, bytes) {
  if ((view.byteLength - HEAD_BYTES) % (channels * bytes)) return null;
  const samples = [];
  for (let at = HEAD_BYTES; at < view.byteLength; at += channels * bytes) {
    samples.push(row(view, at, channels, bytes));
  }
  return samples;
}

/**
 * Read a whole sample, then groups of differences to the previous one: bits of one difference,
 * number of samples, and the bits, lowest first.
 * @param {DataView} view @param {number} channels @param {number} bytes
 * @returns {number[][] | null}
 */
function deltas(view, channels, bytes) {
  let at = HEAD_BYTES + channels * bytes;
  if (at > view.byteLength) return null;
  const samples = [row(view, HEAD_BYTES, channels, bytes)];
  while (at < view.byteLength) {
    if (at + 2 > view.byteLength) return null;
    const [width, count] = [view.getUint8(at), view.getUint8(at + 1)];
    const ends = at + 2 + Math.ceil((width * count * channels) / 8);
    if (width < 1 || width > 32 || ends > view.byteLength) return null;
    for (let each = 0; each < count; each += 1) {
      const before = /** @type {number[]} */ (samples.at(-1));
      samples.push(before.map((value, channel) =>
        value + bits(view, 8 * (at + 2) + (each * channels + channel) * width, width)));
    }
    at = ends;
  }
  return samples;
}

/** @param {DataView} view @param {number} at @param {number} channels @param {number} bytes */
function row(view, at, channels, bytes) {
  return Array.from({ length: channels }, (_, channel) => bits(view, 8 * (at + channel * bytes), 8 * bytes));
}

/**
 * Read a signed number of `width` bits that begins at bit `from`.
 * @param {DataView} view @param {number} from @param {number} width
 */
function bits(view, from, width) {
  let value = 0;
  for (let bit = 0; bit < width; bit += 1) {
    const at = from + bit;
    if (view.getUint8(at >> 3) & (1 << (at & 7))) value += 2 ** bit;
  }
  return value >= 2 ** (width - 1) ? value - 2 ** width : value;
}

/** @param {DataView} view @param {number} at @param {number} size */
function unsigned(view, at, size) {
  let value = 0;
  for (let byte = size - 1; byte >= 0; byte -= 1) value = value * 256 + view.getUint8(at + byte);
  return value;
}
