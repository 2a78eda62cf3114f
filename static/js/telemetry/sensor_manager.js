// @ts-check
/**
 * Which sensors run: those that the server named in `welcome` or `consent.changed`, unless paused.
 *
 * The code of a sensor is fetched only after its stream was allowed.
 */

import { WAYS_OF } from "../lib/sensing/wearable_ways.js";

/** @param {string} stream */
const wearable = (stream) => async () => (await import("../sensors/wearable_stream.js")).wearableStream(stream);

/** @type {Readonly<Record<string, () => Promise<Sensor>>>} */
export const SENSORS = Object.freeze({
  pointer: () => import("../sensors/pointer.js"),
  typing: () => import("../sensors/typing.js"),
  activity: () => import("../sensors/activity.js"),
  face: () => import("../sensors/face.js"),
  gaze: () => import("../sensors/gaze.js"),
  rppg: () => import("../sensors/rppg.js"),
  layout: () => import("../sensors/layout.js"),
  ...Object.fromEntries(Object.keys(WAYS_OF).map((stream) => [stream, wearable(stream)])),
});

/**
 * @typedef {(number | null)[][]} Rows
 * @typedef {{backend: string, scale?: number}} Device
 *   scale: the value of one whole number in a stream of whole numbers, by default 1
 * @typedef {{quality?: number, state?: string, rateHz?: number, endMs?: number, device?: Device,
 *   note?: string}} About endMs: when the last row ended; device: the source of rows from now on;
 *   note: for this person, in words
 * @typedef {(rows: Rows, about?: About) => void} OnRows
 * @typedef {{stream: string, rateHz: number | null, channels: readonly string[],
 *   start: (onRows: OnRows) => (() => void) | Promise<() => void>,
 *   slow?: (rateHz: number) => void}} Sensor
 *   rateHz: null where the device reports it with its rows
 *   slow: give no more rows a second than this from now on
 * @typedef {{epoch: number, state: string, quality: number | null, rows: number, device?: Device,
 *   note?: string, run: number, sensor: Sensor | null, stop: (() => void) | null}} Lane
 *   run: counts starts and stops
 */

/** Over plain http, numbers could be read in transit, and the browser provides no camera. */
const insecure = () => globalThis.isSecureContext === false;

export class Sensing {
  /**
   * @param {(stream: string, epoch: number, rows: Rows, rateHz: number, endMs?: number) => void} deliver
   * @param {() => void} changed
   * @param {Readonly<Record<string, () => Promise<Sensor>>>} sensors
   * @param {(stream: string, device: Device) => void} given
   */
  constructor(deliver, changed, sensors = SENSORS, given = () => {}) {
    this.deliver = deliver;
    this.changed = changed;
    this.sensors = sensors;
    this.given = given;
    this.paused = false;
    /** @type {Map<string, Lane>} */
    this.lanes = new Map();
    /** The rates that the server requested. @type {Map<string, number>} */
    this.rates = new Map();
    /** @type {import("./memory_watch.js").MemoryWatch | undefined} */
    this.memory = undefined;
  }

  /**
   * Set the allowed streams with their epochs; all others stop.
   * @param {{stream: string, epoch: number}[]} allowed
   */
  allow(allowed) {
    const names = new Set(allowed.map(({ stream }) => stream));
    for (const stream of [...this.lanes.keys()]) if (!names.has(stream)) this.forbid(stream);
    for (const { stream, epoch } of allowed) this.allowOne(stream, epoch);
  }

  /** @param {string} stream @param {number} epoch */
  allowOne(stream, epoch) {
    const running = this.lanes.get(stream);
    if (running) {
      const another = running.epoch !== epoch;
      running.epoch = epoch;
      // What was reported under the previous consent may be deleted with it.
      if (another && running.device) this.given(stream, running.device);
      return;
    }
    const state = insecure() ? "insecure" : this.sensors[stream] ? "starting" : "no sensor";
    this.lanes.set(stream, { epoch, state, quality: null, rows: 0, run: 0, sensor: null, stop: null });
    if (!this.paused) this.#start(stream);
    this.changed();
  }

  /** Stop at once; nothing more of this stream is delivered. @param {string} stream */
  forbid(stream) {
    const lane = this.lanes.get(stream);
    this.lanes.delete(stream);
    lane?.stop?.();
    this.changed();
  }

  /** @param {boolean} paused */
  pause(paused) {
    if (this.paused === paused) return;
    this.paused = paused;
    for (const [stream, lane] of this.lanes) {
      if (paused) this.#halt(lane);
      else this.#start(stream);
    }
    this.changed();
  }

  /**
   * Handle the server's request for fewer rows a second of a stream, or for more again.
   * @param {string} stream @param {number} rateHz
   */
  slow(stream, rateHz) {
    if (!(rateHz > 0)) return;
    this.rates.set(stream, rateHz);
    this.lanes.get(stream)?.sensor?.slow?.(rateHz);
  }

  /** Close each sensor and open it again, to free its memory. */
  restart() {
    for (const [stream, lane] of this.lanes) {
      if (!lane.stop) continue;
      this.#halt(lane);
      this.#start(stream);
    }
  }

  /** Restart where sensing uses far more memory than at first. */
  async limitMemory() {
    const { bytesUsed, MemoryWatch } = await import("./memory_watch.js");
    this.memory ??= new MemoryWatch(bytesUsed, () => this.restart());
    await this.memory.look();
  }

  stop() {
    for (const stream of [...this.lanes.keys()]) this.forbid(stream);
  }

  /** Return what the sensing indicator shows. */
  states() {
    return Object.fromEntries(
      [...this.lanes].map(([stream, { state, quality, rows, device, note }]) =>
        [stream, { state, quality, rows, ...(device && { backend: device.backend }), ...(note && { note }) }]),
    );
  }

  /** @param {Lane} lane */
  #halt(lane) {
    const stop = lane.stop;
    lane.stop = null;
    lane.run += 1;
    lane.sensor = null;
    if (!["no sensor", "insecure"].includes(lane.state)) lane.state = "paused";
    stop?.();
  }

  /** @param {string} stream */
  async #start(stream) {
    const lane = this.lanes.get(stream);
    const load = this.sensors[stream];
    if (!lane || !load || insecure()) return;
    lane.state = "starting";
    const run = ++lane.run;
    // A start that was paused meanwhile stays unwanted after a resume, which starts by itself.
    const wanted = () => this.lanes.get(stream) === lane && lane.run === run && !this.paused;
    try {
      const sensor = await load();
      if (!wanted()) return;
      const stop = await sensor.start((rows, about) => {
        if (wanted()) this.#take(stream, lane, sensor, rows, about);
      });
      if (!wanted()) stop();
      else Object.assign(lane, { stop, sensor, state: lane.state === "starting" ? "on" : lane.state });
      const asked = this.rates.get(stream);
      if (asked) lane.sensor?.slow?.(asked);
    } catch (error) {
      if (!wanted()) return;
      lane.state = error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "failed";
    }
    this.changed();
  }

  /** @param {string} stream @param {Lane} lane @param {Sensor} sensor @param {Rows} rows @param {About} [about] */
  #take(stream, lane, sensor, rows, about = {}) {
    if (about.device) this.#gives(stream, lane, about.device);
    lane.state = about.state ?? (rows.length ? "on" : lane.state);
    lane.quality = about.quality ?? lane.quality;
    lane.note = about.note ?? lane.note;
    lane.rows += rows.length;
    if (rows.length) this.deliver(stream, lane.epoch, rows, about.rateHz ?? sensor.rateHz ?? 0, about.endMs);
    this.changed();
  }

  /**
   * Report a device once, and again when it changes.
   * @param {string} stream @param {Lane} lane @param {Device} device
   */
  #gives(stream, lane, device) {
    if (lane.device?.backend === device.backend && lane.device.scale === device.scale) return;
    lane.device = device;
    this.given(stream, device);
  }
}
