// @ts-check
/** One stream of a wearable sensor; the sensor reports its own rate where the stream has none. */
import { STREAMS } from "../telemetry/streams.js";
import { listen } from "./wearables.js";

/** @param {string} stream @returns {import("../telemetry/sensor_manager.js").Sensor} */
export const wearableStream = (stream) => Object.freeze({
  stream,
  rateHz: STREAMS[stream].rateHz,
  channels: STREAMS[stream].channels.map(({ name }) => name),
  start: (onRows) => listen(stream, onRows),
});
