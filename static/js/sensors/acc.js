// @ts-check
/** Movement, from a chest strap or an armband over Bluetooth, at that sensor's own rate. */
import { listen } from "./wearables.js";

export const stream = "acc";
/** The sensor reports it with its rows. @type {number | null} */
export const rateHz = null;
export const channels = Object.freeze(["x", "y", "z"]);

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows */
export const start = (onRows) => listen(stream, onRows);
