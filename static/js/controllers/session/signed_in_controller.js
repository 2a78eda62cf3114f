// @ts-check
/**
 * The tab in which a person signed in again: tells the other tabs, and closes if the browser allows
 * it.
 */
import { CHANNEL } from "../../lib/session/session.js";

/** @param {HTMLElement} _page @param {AbortSignal} _signal */
export function connect(_page, _signal) {
  if (typeof BroadcastChannel !== "undefined") new BroadcastChannel(CHANNEL).postMessage({ type: "signed_in" });
  // A lesson page is isolated, so the tab that it opened has no opener; browsers may ignore this
  // call.
  setTimeout(() => close(), 400);
}
