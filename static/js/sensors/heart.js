// @ts-check
/**
 * Heart rate and beat intervals of a chest strap or watch over Bluetooth. The browser lets a sensor be
 * chosen only after a click: `pair()`; without one, or without Bluetooth, the stream says so.
 */
import { Link } from "./heart/link.js";
import { parse, rowsOf } from "./heart/parse.js";

export const stream = "heart";
export const rateHz = 0;
export const channels = Object.freeze(["t", "hr", "rr", "contact"]);

const WISH = { filters: [{ services: ["heart_rate"] }] };
const QUALITY = { touching: 1, loose: 0.2 };

/** The sensor that was chosen on this page. @type {import("./heart/link.js").Device | null} */
let device = null;
/** @type {(() => void) | null} */
let chosen = null;

/** @returns {any} Web Bluetooth, or undefined where the browser has none */
const bluetooth = () => /** @type {any} */ (globalThis.navigator)?.bluetooth;

/** Choose a sensor; must come from a click. Gives what became of it. @returns {Promise<"paired" | "none_chosen" | "no_bluetooth">} */
export async function pair() {
  if (!bluetooth()) return "no_bluetooth";
  try {
    device = await bluetooth().requestDevice(WISH);
  } catch {
    return "none_chosen";
  }
  chosen?.();
  return "paired";
}

/** @param {import("../telemetry/sensing.js").OnRows} onRows @returns {() => void} */
export function start(onRows) {
  if (!bluetooth()) {
    onRows([], { state: "no_bluetooth", quality: 0 });
    return () => {};
  }
  const listening = new Listening(onRows);
  chosen = () => listening.to(device);
  chosen();
  return () => {
    chosen = null;
    listening.stop();
  };
}

class Listening {
  /** @param {import("../telemetry/sensing.js").OnRows} onRows */
  constructor(onRows) {
    this.onRows = onRows;
    this.lastMs = 0;
    /** @type {Link | null} */
    this.link = null;
  }

  /** @param {import("./heart/link.js").Device | null} device */
  to(device) {
    this.stop();
    this.onRows([], { state: device ? "connecting" : "unpaired", quality: 0 });
    if (!device) return;
    this.link = new Link(device, {
      measured: (view) => this.#measured(parse(view), performance.now()),
      is: (word) => this.onRows([], { state: word, quality: word === "on" ? 1 : 0 }),
    });
  }

  /** @param {import("./heart/parse.js").Beat} beat @param {number} ms */
  #measured(beat, ms) {
    const rows = rowsOf(beat, ms, this.lastMs);
    this.lastMs = ms;
    const loose = beat.contact === false;
    this.onRows(rows, { state: loose ? "loose" : "on", quality: loose ? QUALITY.loose : QUALITY.touching });
  }

  stop() {
    this.link?.close();
    this.link = null;
  }
}
