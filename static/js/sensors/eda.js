// @ts-check
/** Skin conductance, from a finger sensor on a serial port. */
import { listen } from "./wearables.js";

export const stream = "eda";
/** The sensor reports it with its rows. @type {number | null} */
export const rateHz = null;
export const channels = Object.freeze(["eda"]);

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows */
export const start = (onRows) => listen(stream, onRows);
