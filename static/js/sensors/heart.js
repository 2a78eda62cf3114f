// @ts-check
/** Heart rate and beat intervals of a chest strap, armband or watch over Bluetooth. */
import { listen } from "./wearables.js";

export const stream = "heart";
export const rateHz = 0;
export const channels = Object.freeze(["t", "hr", "rr", "contact"]);

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows */
export const start = (onRows) => listen(stream, onRows);
