// @ts-check
/** The heart rate of a connected Bluetooth sensor, as rows, one for each beat. */
import { parse, rowsOf } from "./parse.js";

const SERVICE = "heart_rate";
const MEASUREMENT = "heart_rate_measurement";
const LOOSE_QUALITY = 0.2;

export class HeartRate {
  /** @param {import("../polar/measures.js").Give} give @param {() => number} now */
  constructor(give, now) {
    this.give = give;
    this.now = now;
    this.lastMs = 0;
    /** @type {any} */
    this.measurement = null;
  }

  /** A new connection. @param {any} server */
  async attach(server) {
    const service = await server.getPrimaryService(SERVICE);
    this.measurement = await service.getCharacteristic(MEASUREMENT);
    this.measurement.addEventListener("characteristicvaluechanged", this.#measured);
  }

  async begin() {
    this.give("heart", [], { state: "connecting", quality: 0, device: { backend: "bluetooth", scale: 1 } });
    await this.measurement?.startNotifications();
  }

  async end() {
    await this.measurement?.stopNotifications();
  }

  /** @param {Event} event */
  #measured = (event) => {
    const { value } = /** @type {any} */ (event.target);
    const beat = value && parse(value);
    if (!beat) return;
    const ms = this.now();
    const rows = rowsOf(beat, ms, this.lastMs);
    this.lastMs = ms;
    const loose = beat.contact === false;
    this.give("heart", rows, { state: loose ? "loose" : "on", quality: loose ? LOOSE_QUALITY : 1, contact: beat.contact });
  };
}
