// @ts-check
/**
 * The sensors that a Learner chose on this page, and which of them gives which stream: the last one
 * chosen.
 *
 * Browsers allow choosing a sensor only after a press: `choose()`. One that was chosen here before
 * connects by itself where the browser can find it.
 */
import { WAYS_OF } from "../lib/sensing/wearable_ways.js";
import { Strap } from "./bluetooth/strap.js";
import { findPermitted, rememberDevice } from "./permitted_devices.js";
import { SERVICE as MEASURES } from "./polar/measures.js";
import { Shimmer } from "./shimmer/shimmer.js";

/**
 * @typedef {import("../telemetry/sensor_manager.js").OnRows} OnRows
 * @typedef {import("../lib/sensing/wearable_ways.js").Way} Way
 * @typedef {{device?: any, name: string, state: string, battery: number | null, contact: boolean | null,
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
/** The ways on which a sensor that was chosen before is looked for. @type {Map<Way, AbortController>} */
const looking = new Map();

/** Return the browser's interface for a way, or undefined. @param {Way} way @returns {any} */
const road = (way) => /** @type {any} */ (globalThis.navigator)?.[way];

/**
 * Choose a sensor (must be called from a press) and return the result.
 * @param {Way} way @returns {Promise<"paired" | "none_chosen" | "no_bluetooth" | "no_serial">}
 */
export async function choose(way) {
  if (!road(way)) return `no_${way}`;
  let device;
  try {
    device = way === "bluetooth" ? await road(way).requestDevice(STRAP) : await road(way).requestPort(PORT);
  } catch {
    return "none_chosen";
  }
  stopLooking(way);
  rememberDevice(way, device);
  use(way, device);
  return "paired";
}

/** Take the streams of a device from now on. @param {Way} way @param {any} device */
function use(way, device) {
  const heard = { rows: give, changed: tell };
  const worn = way === "bluetooth" ? new Strap(device, heard) : new Shimmer(device, heard);
  chosen = [{ way, worn }, ...chosen.filter((each) => each.way !== way)];
  for (const stream of listening.keys()) serve(stream);
  tell();
}

/** Look for what was chosen before, on the ways of a stream. @param {string} stream */
async function reconnect(stream) {
  for (const way of WAYS_OF[stream]) {
    if (!road(way) || looking.has(way) || chosen.some((each) => each.way === way)) continue;
    const stop = new AbortController();
    looking.set(way, stop);
    const device = await findPermitted(way, road(way), stop.signal, isChosen);
    if (looking.get(way) === stop) looking.delete(way);
    if (device && !stop.signal.aborted) use(way, device);
  }
}

/** @param {any} device */
const isChosen = (device) => chosen.some(({ worn }) => worn.device === device);

/** @param {Way} way */
function stopLooking(way) {
  looking.get(way)?.abort();
  looking.delete(way);
}

/** Stop looking for a sensor of which no stream is wanted any more. */
function stopUnwanted() {
  const wanted = new Set([...listening.keys()].flatMap((stream) => [...WAYS_OF[stream]]));
  for (const way of looking.keys()) if (!wanted.has(way)) stopLooking(way);
}

/**
 * Receive the rows of a stream from the sensor that gives it.
 * @param {string} stream @param {OnRows} onRows @returns {() => void}
 */
export function listen(stream, onRows) {
  listening.set(stream, onRows);
  serve(stream);
  void reconnect(stream);
  return () => {
    listening.delete(stream);
    stopUnwanted();
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
