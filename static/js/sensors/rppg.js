// @ts-check
/**
 * Heart rate from the colour of the skin, one row a second, with the same camera and worker as the
 * face.
 *
 * Computed only where this stream itself is allowed. Where it is uncertain there is no rate.
 */
import { watch } from "./face/camera.js";
import { PulseLane } from "./rppg/stream.js";

export const stream = "rppg";
export const rateHz = 1;
export const channels = Object.freeze(["hr", "snr", "disagreement", "quality"]);

const TICK_MS = 500;

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void} */
export function start(onRows) {
  const lane = new PulseLane(onRows);
  lane.is("opening");
  const timer = setInterval(() => lane.tick(performance.now()), TICK_MS);
  const leave = watch(stream, {
    saw: (seen) => lane.saw(seen), is: (word) => lane.is(word), heard: (told) => lane.heard(told),
  });
  return () => {
    clearInterval(timer);
    leave();
  };
}
