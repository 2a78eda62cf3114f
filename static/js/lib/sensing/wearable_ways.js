// @ts-check
/** How the streams of wearable sensors reach a page. */
import { STREAMS } from "../../telemetry/streams.js";

/** @typedef {"bluetooth" | "serial"} Way */

/** How a sensor reaches a page, by its code in emotion/streams.json. @type {Readonly<Record<string, Way>>} */
const WAY_OF_BACKEND = Object.freeze({
  bluetooth: "bluetooth", polar_h10: "bluetooth", polar_verity: "bluetooth", shimmer3: "serial",
});

/** @param {readonly string[]} backends @returns {Way[]} */
const waysOf = (backends) => [...new Set(backends.map((backend) => WAY_OF_BACKEND[backend]).filter(Boolean))];

/**
 * The ways in which each stream of a wearable sensor can reach a page.
 * @type {Readonly<Record<string, readonly Way[]>>}
 */
export const WAYS_OF = Object.freeze(Object.fromEntries(
  Object.entries(STREAMS).map(([stream, { backends }]) => /** @type {[string, Way[]]} */ ([stream, waysOf(backends)]))
    .filter(([, ways]) => ways.length),
));

/**
 * Return the ways to connect that any of these streams needs.
 * @param {string[]} streams @returns {Way[]}
 */
export const waysFor = (streams) =>
  [.../** @type {Set<Way>} */ (new Set(streams.flatMap((stream) => WAYS_OF[stream] ?? [])))];
