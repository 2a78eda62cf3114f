// @ts-check
/** The electrocardiogram, from a chest strap over Bluetooth. */
import { listen } from "./wearables.js";

export const stream = "ecg";
export const rateHz = 130;
export const channels = Object.freeze(["ecg"]);

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows */
export const start = (onRows) => listen(stream, onRows);
