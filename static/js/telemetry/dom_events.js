// @ts-check
/** The Sitting's `attune:…` events on the document. */
import { t } from "../lib/i18n.js";

/** Messages of the server that the page gets unchanged. @type {Readonly<Record<string, string>>} */
export const TELL = Object.freeze({
  "intervention.show": "attune:intervention",
  "estimate.show": "attune:estimate",
  "check_in.show": "attune:check-in",
  error: "attune:error",
  ack: "attune:ack",
  welcome: "attune:welcome",
  "share.asked": "attune:share",
  "pair.changed": "attune:pair",
  "message.sent": "attune:message",
});

/**
 * Why a Sitting ended for this page, by the close code of its socket.
 * @type {Readonly<Record<number, string>>}
 */
export const OVER = Object.freeze({ 4401: "signed_out", 4403: "long", 4409: "elsewhere" });

/** After a Sitting ended for one of these reasons, unsent data is sent later. */
export const CONTINUED = ["elsewhere", "signed_out", "unopened"];

/** @param {string} name @param {any} detail */
export function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** After this long without an answer, a note says that it is late. */
const LATE_MS = 3000;

const WAITING = t("Not sent yet. It will be sent when you are back online.");
export const REFUSED = t("Not saved. Reload the page and try again.");

/**
 * Report the result of a message: `noted` once the server has it, REFUSED where it never will, and
 * WAITING first where neither comes soon.
 * @param {string} id empty where it was not accepted at all
 * @param {string} noted @param {(text: string) => void} say
 */
export function follow(id, noted, say) {
  if (!id) return say(REFUSED);
  const stop = new AbortController();
  const late = setTimeout(() => say(WAITING), LATE_MS);
  const end = (/** @type {string} */ text) => {
    clearTimeout(late);
    stop.abort();
    say(text);
  };
  const hear = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
    document.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail), { signal: stop.signal });
  hear("attune:ack", (ack) => { if (ack.id === id) end(noted); });
  hear("attune:error", (error) => { if (error.id === id) end(REFUSED); });
  hear("attune:over", ({ why }) => { if (!CONTINUED.includes(why)) end(REFUSED); });
}
