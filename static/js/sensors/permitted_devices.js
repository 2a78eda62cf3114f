// @ts-check
/**
 * Finds the sensor that this person chose here before, so that it connects without a new choice.
 *
 * Only the last chosen one counts: others may belong to somebody else at this computer. What is
 * remembered is the browser's own name for it, and another person's page deletes it.
 */
import { recall, remember } from "../lib/dom.js";

/** @typedef {import("../lib/sensing/wearable_ways.js").Way} Way */

const PORT = "port";

/** @param {Way} way */
const nameOf = (way) => `worn-${way}`;

/** Remember a device that was just chosen. @param {Way} way @param {any} device */
export const rememberDevice = (way, device) => remember(nameOf(way), way === "bluetooth" ? device.id ?? "" : PORT);

/**
 * Return the device that was chosen before, once it is in reach; null where there is none, or the
 * browser does not say.
 * @param {Way} way @param {any} road the browser's interface @param {AbortSignal} signal
 * @param {(device: any) => boolean} isChosen whether the person has chosen this one meanwhile
 */
export async function findPermitted(way, road, signal, isChosen) {
  const name = recall(nameOf(way), "");
  if (!name) return null;
  try {
    return way === "bluetooth" ? await findStrap(road, name, signal, isChosen) : await findPort(road);
  } catch {
    return null;
  }
}

/**
 * @param {any} road @param {string} id @param {AbortSignal} signal
 * @param {(device: any) => boolean} isChosen
 */
async function findStrap(road, id, signal, isChosen) {
  const devices = await road.getDevices?.() ?? [];
  signal.throwIfAborted();
  const device = devices.find((/** @type {any} */ each) => each.id === id);
  if (!device) return null;
  if (device.watchAdvertisements) await isNear(device, signal);
  else await device.gatt.connect();
  // A browser may connect after the search has ended.
  if (signal.aborted && !isChosen(device)) device.gatt.disconnect();
  return signal.aborted ? null : device;
}

/** Wait until a sensor says that it is there. @param {any} device @param {AbortSignal} signal */
async function isNear(device, signal) {
  const heard = new AbortController();
  const stop = () => heard.abort();
  signal.addEventListener("abort", stop, { once: true });
  const near = new Promise((done) => {
    device.addEventListener("advertisementreceived", done, { once: true, signal: heard.signal });
    heard.signal.addEventListener("abort", done);
  });
  await device.watchAdvertisements({ signal: heard.signal });
  await near;
  stop();
}

/** Two ports cannot be told apart, so that neither is opened. @param {any} road */
async function findPort(road) {
  const ports = await road.getPorts?.() ?? [];
  return ports.length === 1 ? ports[0] : null;
}
