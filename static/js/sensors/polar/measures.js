// @ts-check
/**
 * What a connected Polar sensor measures: starts and stops each wanted stream, and returns its
 * frames as rows.
 */
import { DeviceClock } from "../../telemetry/device_clock.js";
import { ERRORS, TYPES, parseAnswer, parseFrame, startCommand, stopCommand } from "./parse.js";

export const SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8";
const CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8";
const DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8";

/**
 * @typedef {import("./models.js").Model} Model
 * @typedef {(stream: string, rows: (number | null)[][], about: import("../bluetooth/strap.js").About) => void} Give
 */

export class Measures {
  /** @param {Model} model @param {Give} give @param {() => number} now */
  constructor(model, give, now) {
    this.model = model;
    this.give = give;
    this.now = now;
    /**
     * Kept across connections, so that repeated samples are recognised.
     * @type {Record<string, DeviceClock>}
     */
    this.clocks = {};
    /** @type {Record<number, number>} */
    this.factors = {};
    /** @type {any} */
    this.control = null;
  }

  /** A new connection. @param {any} server */
  async attach(server) {
    const service = await server.getPrimaryService(SERVICE);
    this.control = await service.getCharacteristic(CONTROL);
    this.control.addEventListener("characteristicvaluechanged", this.#answered);
    await this.control.startNotifications();
    const data = await service.getCharacteristic(DATA);
    data.addEventListener("characteristicvaluechanged", this.#came);
    await data.startNotifications();
  }

  /** @param {string} stream */
  async begin(stream) {
    const { settings, scale } = this.model.gives[stream];
    this.give(stream, [], { state: "connecting", quality: 0, device: { backend: this.model.backend, scale } });
    await this.control?.writeValueWithResponse(startCommand(TYPES[/** @type {keyof typeof TYPES} */ (stream)], settings));
  }

  /** @param {string} stream */
  async end(stream) {
    await this.control?.writeValueWithResponse(stopCommand(TYPES[/** @type {keyof typeof TYPES} */ (stream)]));
  }

  /** @param {Event} event */
  #came = (event) => {
    const { value } = /** @type {any} */ (event.target);
    if (value) this.frame(value);
  };

  /** Handle one packet of samples. @param {DataView} view */
  frame(view) {
    const frame = parseFrame(view, this.factors[view.byteLength ? view.getUint8(0) : 0]);
    const stream = frame && this.#stream(frame.type);
    if (!frame || !stream) return;
    this.clocks[stream] ??= new DeviceClock();
    const placed = this.clocks[stream].place(frame.stampMs, this.now());
    if (placed === null) return;
    const { rateHz, row } = this.model.gives[stream];
    const endMs = placed + 1000 / rateHz;
    this.give(stream, frame.samples.map(row), { state: "on", quality: 1, rateHz, endMs });
  }

  /** @param {Event} event */
  #answered = (event) => {
    const { value } = /** @type {any} */ (event.target);
    const answer = value && parseAnswer(value);
    const stream = answer && this.#stream(answer.type);
    if (!answer || !stream) return;
    if (answer.settings.factor?.[0]) this.factors[answer.type] = answer.settings.factor[0];
    if (answer.error === 0 || answer.error === ERRORS.alreadyInState) return;
    this.give(stream, [], { state: answer.error === ERRORS.inCharger ? "charging" : "refused", quality: 0 });
  };

  /** @param {number} type */
  #stream(type) {
    return Object.keys(this.model.gives).find((stream) => TYPES[/** @type {keyof typeof TYPES} */ (stream)] === type);
  }
}
