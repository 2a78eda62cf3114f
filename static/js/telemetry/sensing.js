// @ts-check
/**
 * Which sensors run: those the server named in `welcome` or `consent.changed`, unless paused. Code
 * of a sensor is fetched only after its stream was allowed.
 */

/** @type {Readonly<Record<string, () => Promise<Sensor>>>} */
export const SENSORS = Object.freeze({
  pointer: () => import("../sensors/pointer.js"),
  typing: () => import("../sensors/typing.js"),
  activity: () => import("../sensors/activity.js"),
  face: () => import("../sensors/face.js"),
  gaze: () => import("../sensors/gaze.js"),
  heart: () => import("../sensors/heart.js"),
  layout: () => import("../sensors/layout.js"),
});

/**
 * @typedef {(number | null)[][]} Rows
 * @typedef {{quality?: number, state?: string, rateHz?: number, endMs?: number}} About endMs: when the last row ended
 * @typedef {(rows: Rows, about?: About) => void} OnRows
 * @typedef {{stream: string, rateHz: number, channels: readonly string[],
 *   start: (onRows: OnRows) => (() => void) | Promise<() => void>}} Sensor
 * @typedef {{epoch: number, state: string, quality: number | null, rows: number, run: number, stop: (() => void) | null}} Lane run: counts starts and halts
 */

export class Sensing {
  /**
   * @param {(stream: string, epoch: number, rows: Rows, rateHz: number, endMs?: number) => void} deliver
   * @param {() => void} changed
   * @param {Readonly<Record<string, () => Promise<Sensor>>>} sensors
   */
  constructor(deliver, changed, sensors = SENSORS) {
    this.deliver = deliver;
    this.changed = changed;
    this.sensors = sensors;
    this.paused = false;
    /** @type {Map<string, Lane>} */
    this.lanes = new Map();
  }

  /** The streams allowed now, with their epochs; what is not among them stops. @param {{stream: string, epoch: number}[]} allowed */
  allow(allowed) {
    const names = new Set(allowed.map(({ stream }) => stream));
    for (const stream of [...this.lanes.keys()]) if (!names.has(stream)) this.forbid(stream);
    for (const { stream, epoch } of allowed) this.allowOne(stream, epoch);
  }

  /** @param {string} stream @param {number} epoch */
  allowOne(stream, epoch) {
    const running = this.lanes.get(stream);
    if (running) {
      running.epoch = epoch;
      return;
    }
    const state = this.sensors[stream] ? "starting" : "no sensor";
    this.lanes.set(stream, { epoch, state, quality: null, rows: 0, run: 0, stop: null });
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

  stop() {
    for (const stream of [...this.lanes.keys()]) this.forbid(stream);
  }

  /** What a lamp shows. */
  states() {
    return Object.fromEntries(
      [...this.lanes].map(([stream, { state, quality, rows }]) => [stream, { state, quality, rows }]),
    );
  }

  /** @param {Lane} lane */
  #halt(lane) {
    const stop = lane.stop;
    lane.stop = null;
    lane.run += 1;
    if (lane.state !== "no sensor") lane.state = "paused";
    stop?.();
  }

  /** @param {string} stream */
  async #start(stream) {
    const lane = this.lanes.get(stream);
    const load = this.sensors[stream];
    if (!lane || !load) return;
    lane.state = "starting";
    const run = ++lane.run;
    // A start that was paused meanwhile stays unwanted after a resume: that one starts by itself.
    const wanted = () => this.lanes.get(stream) === lane && lane.run === run && !this.paused;
    try {
      const sensor = await load();
      if (!wanted()) return;
      const stop = await sensor.start((rows, about) => {
        if (wanted()) this.#take(stream, lane, sensor, rows, about);
      });
      if (!wanted()) stop();
      else Object.assign(lane, { stop, state: lane.state === "starting" ? "on" : lane.state });
    } catch (error) {
      if (!wanted()) return;
      lane.state = error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "failed";
    }
    this.changed();
  }

  /** @param {string} stream @param {Lane} lane @param {Sensor} sensor @param {Rows} rows @param {About} [about] */
  #take(stream, lane, sensor, rows, about = {}) {
    lane.state = about.state ?? "on";
    lane.quality = about.quality ?? lane.quality;
    lane.rows += rows.length;
    if (rows.length) this.deliver(stream, lane.epoch, rows, about.rateHz ?? sensor.rateHz, about.endMs);
    this.changed();
  }
}
