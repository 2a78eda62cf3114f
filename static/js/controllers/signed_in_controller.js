// @ts-check
/** The tab in which somebody signed in again: tells the others, and closes where the browser lets it. */
import { CHANNEL } from "../lib/session/session.js";

/** @param {HTMLElement} _page @param {AbortSignal} _signal */
export function connect(_page, _signal) {
  if (typeof BroadcastChannel !== "undefined") new BroadcastChannel(CHANNEL).postMessage({ type: "signed_in" });
  // A lesson page is isolated, so the tab it opened has no opener; a browser ignores this where it may.
  setTimeout(() => close(), 400);
}
