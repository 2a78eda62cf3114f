// @ts-check
/**
 * Parses the byte stream of a Shimmer3: acknowledgements, its description, packets of samples.
 *
 * Chunks may end anywhere. After a lost byte it finds the next whole packet, and uncertain data is
 * left out.
 */

export const TICKS_A_SECOND = 32_768;
/** Ticks restart at 0 after this many: 512 s. */
export const WRAP_TICKS = 2 ** 24;
/** The requested channels, each of two bytes. @type {Readonly<Record<number, "gsr" | "ppg">>} */
export const CHANNELS = Object.freeze({ 0x1c: "gsr", 0x12: "ppg" });

const ACK = 0xff;
const DATA = 0x00;
const DESCRIPTION = { code: 0x02, bytes: 9, most: 32 };
const BATTERY = { code: [0x8a, 0x94], bytes: 5, volts: (3.0 / 4095) * 1.988 };
const STAMP_BYTES = 3;
/** A share of one interval between samples: stamps jitter by less. */
const SHAKE = 1 / 8;

export const COMMANDS = Object.freeze({
  describe: () => Uint8Array.of(0x01),
  rate: (/** @type {number} */ hz) => Uint8Array.of(0x05, (TICKS_A_SECOND / hz) & 0xff, (TICKS_A_SECOND / hz) >> 8),
  start: () => Uint8Array.of(0x07),
  sensors: (/** @type {{gsr: boolean, ppg: boolean}} */ on) => Uint8Array.of(0x08, on.gsr ? 0x04 : 0, on.ppg ? 0x01 : 0, 0),
  stop: () => Uint8Array.of(0x20),
  rangeAuto: () => Uint8Array.of(0x21, 4),
  /** Power of the pulse sensor's light. */
  power: (/** @type {boolean} */ on) => Uint8Array.of(0x5e, Number(on)),
  battery: () => Uint8Array.of(0x95),
});

/**
 * @typedef {{kind: "ack"}
 *   | {kind: "description", rateHz: number, channels: number[]}
 *   | {kind: "battery", volts: number}
 *   | {kind: "data", ticks: number, gsr?: number, ppg?: number}} Said
 */

export class Reader {
  /** @type {Uint8Array} */
  #kept = new Uint8Array(0);
  /**
   * The content of a packet once samples flow; null while it answers commands.
   * @type {{names: ("gsr" | "ppg")[], step: number} | null}
   */
  #layout = null;

  /**
   * Expect samples from now on.
   * @param {number} rateHz @param {number[]} channels of the description
   */
  stream(rateHz, channels) {
    this.#layout = { names: channels.map((id) => CHANNELS[id]), step: TICKS_A_SECOND / rateHz };
  }

  /** Forget what came before; it answers commands again. */
  reset() {
    this.#kept = new Uint8Array(0);
    this.#layout = null;
  }

  /** @param {Uint8Array} chunk @returns {Said[]} */
  feed(chunk) {
    const bytes = new Uint8Array(this.#kept.length + chunk.length);
    bytes.set(this.#kept);
    bytes.set(chunk, this.#kept.length);
    const said = [];
    let at = 0;
    for (let found = this.#next(bytes, at); found; found = this.#next(bytes, at)) {
      at += found.bytes;
      if (found.said) said.push(found.said);
    }
    this.#kept = bytes.slice(at);
    return said;
  }

  /**
   * Return what is at `at` and its length; null = more bytes are needed.
   * @param {Uint8Array} bytes @param {number} at @returns {{bytes: number, said?: Said} | null}
   */
  #next(bytes, at) {
    if (at >= bytes.length) return null;
    return this.#layout ? packet(bytes, at, this.#layout) : answer(bytes, at);
  }
}

const SKIP = { bytes: 1 };

/** @param {Uint8Array} bytes @param {number} at @returns {{bytes: number, said?: Said} | null} */
function answer(bytes, at) {
  if (bytes[at] === ACK) return { bytes: 1, said: { kind: "ack" } };
  if (bytes[at] === DESCRIPTION.code) return description(bytes, at);
  if (bytes[at] !== BATTERY.code[0]) return SKIP;
  if (at + 1 < bytes.length && bytes[at + 1] !== BATTERY.code[1]) return SKIP;
  if (at + BATTERY.bytes > bytes.length) return null;
  return { bytes: BATTERY.bytes, said: { kind: "battery", volts: two(bytes, at + 2) * BATTERY.volts } };
}

/**
 * Read interval, four bytes of settings, number of channels, size of a buffer, and the channels.
 * @param {Uint8Array} bytes @param {number} at @returns {{bytes: number, said?: Said} | null}
 */
function description(bytes, at) {
  if (at + DESCRIPTION.bytes > bytes.length) return null;
  const [interval, count] = [two(bytes, at + 1), bytes[at + 7]];
  if (!interval || !count || count > DESCRIPTION.most) return SKIP;
  const ends = at + DESCRIPTION.bytes + count;
  if (ends > bytes.length) return null;
  const channels = [...bytes.subarray(at + DESCRIPTION.bytes, ends)];
  return { bytes: ends - at, said: { kind: "description", rateHz: TICKS_A_SECOND / interval, channels } };
}

/**
 * Read a packet. It counts only where another one begins after it, whole intervals later: this
 * reveals a lost byte inside it.
 * @param {Uint8Array} bytes @param {number} at
 * @param {{names: ("gsr" | "ppg")[], step: number}} layout
 * @returns {{bytes: number, said?: Said} | null}
 */
function packet(bytes, at, { names, step }) {
  if (bytes[at] !== DATA) return SKIP;
  const size = 1 + STAMP_BYTES + 2 * names.length;
  if (at + size >= bytes.length) return null;
  if (bytes[at + size] !== DATA) return SKIP;
  if (at + size + 1 + STAMP_BYTES > bytes.length) return null;
  const ticks = stamp(bytes, at + 1);
  const later = (stamp(bytes, at + size + 1) - ticks + WRAP_TICKS) % WRAP_TICKS;
  const steps = Math.round(later / step);
  if (steps < 1 || later > TICKS_A_SECOND + step || Math.abs(later - steps * step) > step * SHAKE) return SKIP;
  const values = names.map((name, channel) => [name, two(bytes, at + 1 + STAMP_BYTES + 2 * channel)]);
  return { bytes: size, said: { kind: "data", ticks, ...Object.fromEntries(values) } };
}

/** @param {Uint8Array} bytes @param {number} at */
const two = (bytes, at) => bytes[at] + 256 * bytes[at + 1];
/** @param {Uint8Array} bytes @param {number} at */
const stamp = (bytes, at) => two(bytes, at) + 65_536 * bytes[at + 2];
