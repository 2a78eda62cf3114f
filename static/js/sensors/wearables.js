// @ts-check
/**
 * The sensors that a Learner chose on this page, and which of them gives which stream: the last one
 * chosen.
 *
 * Browsers allow choosing a sensor only after a press: `choose()`.
 */
import { WAYS_OF } from "../lib/sensing/wearable_status.js";
import { Strap } from "./bluetooth/strap.js";
import { SERVICE as MEASURES } from "./polar/measures.js";
import { Shimmer } from "./shimmer/shimmer.js";

/**
 * @typedef {import("../telemetry/sensor_manager.js").OnRows} OnRows
 * @typedef {import("../lib/sensing/wearable_status.js").Way} Way
 * @typedef {{name: string, state: string, battery: number | null, contact: boolean | null,
 *   gives: (stream: string) => boolean, want: (stream: string) => void, drop: (stream: string) => void}} Worn
 */

const SERIAL_PORT = "00001101-0000-1000-8000-00805f9b34fb";
const STRAP = { filters: [{ services: ["heart_rate"] }], optionalServices: ["battery_service", MEASURES] };
const PORT = { allowedBluetoothServiceClassIds: [SERIAL_PORT] };

/** Newest first. @type {{way: Way, worn: Worn}[]} */
let chosen = [];
/** @type {Map<string, OnRows>} */
const listening = new Map();
/** Which of them gives a stream now. @type {Map<string, Worn>} */
const givers = new Map();

/** Return the browser's interface for a way, or undefined. @param {Way} way @returns {any} */
const road = (way) => /** @type {any} */ (globalThis.navigator)?.[way];

/**
 * Choose a sensor (must be called from a press) and return the result.
 * @param {Way} way @returns {Promise<"paired" | "none_chosen" | "no_bluetooth" | "no_serial">}
 */
export async function choose(way) {
  if (!road(way)) return `no_${way}`;
  const heard = { rows: give, changed: tell };
  let worn;
  try {
    worn = way === "bluetooth"
      ? new Strap(await road(way).requestDevice(STRAP), heard)
      : new Shimmer(await road(way).requestPort(PORT), heard);
  } catch {
    return "none_chosen";
  }
  chosen = [{ way, worn }, ...chosen.filter((each) => each.way !== way)];
  for (const stream of listening.keys()) serve(stream);
  tell();
  return "paired";
}

/**
 * Receive the rows of a stream from the sensor that gives it.
 * @param {string} stream @param {OnRows} onRows @returns {() => void}
 */
export function listen(stream, onRows) {
  listening.set(stream, onRows);
  serve(stream);
  return () => {
    listening.delete(stream);
    givers.get(stream)?.drop(stream);
    givers.delete(stream);
    tell();
  };
}

/** @param {string} stream */
function serve(stream) {
  const worn = chosen.map((each) => each.worn).find((each) => each.gives(stream));
  const before = givers.get(stream);
  if (worn && worn === before) return;
  before?.drop(stream);
  givers.delete(stream);
  if (worn) givers.set(stream, worn);
  if (worn) worn.want(stream);
  else listening.get(stream)?.([], { state: lacking(stream), quality: 0 });
}

/** Return why no sensor gives a stream. @param {string} stream */
function lacking(stream) {
  const ways = WAYS_OF[stream];
  return ways.some(road) ? "unpaired" : `no_${ways[0]}`;
}

/** @param {string} stream @param {(number | null)[][]} rows @param {import("./bluetooth/strap.js").About} about */
function give(stream, rows, about) {
  listening.get(stream)?.(rows, about);
}

/** Dispatch the status of the chosen sensors. */
function tell() {
  const detail = chosen.map(({ way, worn: { name, state, battery, contact } }) => ({ way, name, state, battery, contact }));
  globalThis.document?.dispatchEvent(new CustomEvent("attune:wearables", { detail }));
}
