// @ts-check
/**
 * The optical pulse, from an armband over Bluetooth or a finger sensor on a serial port, at that
 * sensor's own rate.
 */
import { listen } from "./wearables.js";

export const stream = "ppg";
/** The sensor reports it with its rows. @type {number | null} */
export const rateHz = null;
export const channels = Object.freeze(["ppg"]);

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows */
export const start = (onRows) => listen(stream, onRows);
