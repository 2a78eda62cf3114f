// @ts-check
/** How the Sitting tells its page: as `attune:…` events on the document. */

/** What the server says and the page hears as it is. @type {Readonly<Record<string, string>>} */
export const TELL = Object.freeze({
  "intervention.show": "attune:intervention",
  "estimate.show": "attune:estimate",
  "check_in.show": "attune:check-in",
  error: "attune:error",
  ack: "attune:ack",
  welcome: "attune:welcome",
  "share.asked": "attune:share",
});

/** Why a Sitting is over for this page, by the code its socket was closed with. @type {Readonly<Record<number, string>>} */
export const OVER = Object.freeze({ 4401: "signed_out", 4403: "long", 4409: "elsewhere" });

/** @param {string} name @param {any} detail */
export function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}
