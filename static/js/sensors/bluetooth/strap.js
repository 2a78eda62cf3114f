// @ts-check
/**
 * One Bluetooth sensor, connected once for all its streams.
 *
 * Only the wanted streams are started on it. A lost connection is retried at least every five
 * seconds, until no stream is wanted.
 */
import { HeartRate } from "../heart/heart_rate.js";
import { Measures } from "../polar/measures.js";
import { modelOf } from "../polar/models.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5000;
/** A connected sensor without data for this long is reported as silent. */
export const SILENT_MS = 8000;

/**
 * @typedef {import("../../telemetry/sensor_manager.js").About & {contact?: boolean | null}} About
 *   contact: whether it touches the skin, null where it does not report this
 * @typedef {{addEventListener: Function, name?: string, gatt?: any}} Device a BluetoothDevice
 * @typedef {{rows: (stream: string, rows: (number | null)[][], about: About) => void,
 *   changed: () => void}} Heard
 * @typedef {{attach: (server: any) => Promise<void>, begin: (stream: string) => Promise<void>,
 *   end: (stream: string) => Promise<void>}} Part
 * @typedef {{later: (act: () => void, ms: number) => any, never: (timer: any) => void,
 *   now: () => number}} Ways
 */

/** @type {Ways} */
export const WAYS = {
  later: (act, ms) => setTimeout(act, ms),
  never: (timer) => clearTimeout(timer),
  now: () => performance.now(),
};

/** @param {number} attempt */
export const waitMs = (attempt) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);

export class Strap {
  /** @param {Device} device @param {Heard} heard @param {Ways} [ways] */
  constructor(device, heard, ways = WAYS) {
    this.device = device;
    this.heard = heard;
    this.ways = ways;
    this.name = device.name ?? "";
    this.state = "resting";
    /** The remaining share of the battery, 0-100. @type {number | null} */
    this.battery = null;
    /** @type {boolean | null} */
    this.contact = null;
    this.attempt = 0;
    /** The wanted streams, with the timer of their silence. @type {Map<string, any>} */
    this.wanted = new Map();
    this.parts = partsOf(device.name, this.#give, ways.now);
    /** @type {Promise<unknown>} */
    this.queue = Promise.resolve();
    device.addEventListener("gattserverdisconnected", this.#lost);
  }

  /** @param {string} stream */
  gives(stream) {
    return stream in this.parts;
  }

  /** @param {string} stream */
  want(stream) {
    this.wanted.set(stream, null);
    if (this.state === "on") this.#begin(stream);
    else if (this.state === "resting") this.#connect();
    else this.#say(stream, this.state);
  }

  /** @param {string} stream */
  drop(stream) {
    this.ways.never(this.wanted.get(stream));
    if (!this.wanted.delete(stream)) return;
    if (this.state === "on") this.#turn(() => this.parts[stream].end(stream));
    if (!this.wanted.size) this.#turn(async () => this.#rest());
  }

  async #connect() {
    const run = (this.run = {});
    this.#is("connecting");
    try {
      const server = await this.device.gatt.connect();
      if (this.run === run) this.#connected(server);
      else if (this.state === "resting") this.device.gatt.disconnect();
    } catch {
      if (this.run === run) this.#lost();
    }
  }

  /** @param {any} server */
  #connected(server) {
    this.server = server;
    this.attached = new Set();
    this.attempt = 0;
    this.state = "on";
    for (const stream of this.wanted.keys()) this.#begin(stream);
    this.#turn(() => this.#readBattery());
    this.heard.changed();
  }

  /** @param {string} stream */
  #begin(stream) {
    const part = this.parts[stream];
    const begun = async () => {
      if (!this.wanted.has(stream) || this.state !== "on") return;
      if (!this.attached?.has(part)) await part.attach(this.server);
      this.attached?.add(part);
      this.#await(stream);
      await part.begin(stream);
    };
    this.#turn(begun, () => this.state === "on" && this.#say(stream, "refused"));
  }

  /**
   * Run one command after the other, because a sensor accepts one at a time.
   * @param {() => Promise<unknown>} act @param {() => unknown} [failed]
   */
  #turn(act, failed = () => {}) {
    this.queue = this.queue.then(act).catch(failed);
  }

  async #readBattery() {
    const service = await this.server.getPrimaryService("battery_service");
    const level = await service.getCharacteristic("battery_level");
    const told = (/** @type {DataView | undefined} */ view) => {
      if (view?.byteLength) this.battery = view.getUint8(0);
      this.heard.changed();
    };
    told(await level.readValue());
    level.addEventListener("characteristicvaluechanged", () => told(level.value));
    await level.startNotifications();
  }

  #lost = () => {
    if (!this.wanted.size) return;
    this.run = null;
    this.#is("lost");
    this.ways.never(this.timer);
    this.timer = this.ways.later(() => this.#connect(), waitMs(this.attempt));
    this.attempt += 1;
  };

  #rest() {
    if (this.wanted.size) return;
    this.run = null;
    this.ways.never(this.timer);
    this.#is("resting");
    if (this.device.gatt?.connected) this.device.gatt.disconnect();
  }

  /** @param {string} state */
  #is(state) {
    this.state = state;
    this.contact = null;
    for (const stream of this.wanted.keys()) this.#say(stream, state);
    this.heard.changed();
  }

  /** @param {string} stream @param {string} state */
  #say(stream, state) {
    this.ways.never(this.wanted.get(stream));
    if (this.wanted.has(stream)) this.heard.rows(stream, [], { state, quality: 0 });
  }

  /** @param {string} stream @param {(number | null)[][]} rows @param {About} about */
  #give = (stream, rows, about) => {
    if (!this.wanted.has(stream)) return;
    this.heard.rows(stream, rows, about);
    if (rows.length) this.#await(stream);
    if (about.contact === undefined || about.contact === this.contact) return;
    this.contact = about.contact;
    this.heard.changed();
  };

  /** @param {string} stream */
  #await(stream) {
    this.ways.never(this.wanted.get(stream));
    this.wanted.set(stream, this.ways.later(() => this.#say(stream, "silent"), SILENT_MS));
  }
}

/**
 * Return what measures each stream of a sensor with this name.
 * @param {string | undefined} name @param {import("../polar/measures.js").Give} give
 * @param {() => number} now
 * @returns {Record<string, Part>}
 */
function partsOf(name, give, now) {
  const model = modelOf(name);
  const measures = model && new Measures(model, give, now);
  const streams = Object.keys(model?.gives ?? {}).map((stream) => [stream, measures]);
  return { heart: new HeartRate(give, now), ...Object.fromEntries(streams) };
}
