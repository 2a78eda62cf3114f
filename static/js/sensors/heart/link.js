// @ts-check
/** Keeps one heart-rate sensor connected: subscribes, says when it is lost, and tries again, ever more slowly. */

const SERVICE = "heart_rate";
const MEASUREMENT = "heart_rate_measurement";
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** @typedef {{addEventListener: Function, removeEventListener: Function, gatt?: any}} Device a BluetoothDevice */
/** @typedef {{measured: (view: DataView) => void, is: (word: string) => void, later?: typeof setTimeout}} Heard */

/** @param {number} attempt */
export const waitMs = (attempt) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);

export class Link {
  /** @param {Device} device @param {Heard} heard */
  constructor(device, heard) {
    this.device = device;
    this.heard = heard;
    this.later = heard.later ?? setTimeout;
    this.attempt = 0;
    this.closed = false;
    device.addEventListener("gattserverdisconnected", this.#lost);
    this.connect();
  }

  async connect() {
    if (this.closed) return;
    try {
      const server = await this.device.gatt.connect();
      const service = await server.getPrimaryService(SERVICE);
      const measurement = await service.getCharacteristic(MEASUREMENT);
      if (this.closed) return this.device.gatt.disconnect();
      measurement.addEventListener("characteristicvaluechanged", this.#measured);
      await measurement.startNotifications();
      this.attempt = 0;
      this.heard.is("on");
    } catch {
      this.#again();
    }
  }

  /** @param {Event} event */
  #measured = (event) => {
    const { value } = /** @type {any} */ (event.target);
    if (!this.closed && value) this.heard.measured(value);
  };

  #lost = () => this.#again();

  #again() {
    if (this.closed) return;
    this.heard.is("lost");
    clearTimeout(this.timer);
    this.timer = this.later(() => this.connect(), waitMs(this.attempt));
    this.attempt += 1;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.device.removeEventListener("gattserverdisconnected", this.#lost);
    if (this.device.gatt?.connected) this.device.gatt.disconnect();
  }
}
