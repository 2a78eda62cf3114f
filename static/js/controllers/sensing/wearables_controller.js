// @ts-check
/**
 * Wearable sensors: shown where one of their streams is allowed.
 *
 * Follows `attune:state` and `attune:wearables`. The list is loaded when there is something in it.
 */
import { waysFor } from "../../lib/sensing/wearable_ways.js";

const load = () => import("../../lib/sensing/wearable_list.js");

/** @param {HTMLElement} part @param {AbortSignal} signal */
export function connect(part, signal) {
  document.addEventListener("attune:state", (event) => {
    const { streams } = /** @type {CustomEvent} */ (event).detail;
    const ways = waysFor(Object.keys(streams));
    part.hidden = !ways.length;
    if (ways.length) load().then(({ offer }) => offer(part, ways));
  }, { signal });
  document.addEventListener("attune:wearables", (event) => {
    load().then(({ list }) => list(part, /** @type {CustomEvent} */ (event).detail));
  }, { signal });
}
