// @ts-check
/**
 * Whose page this is, and whether that person is still signed in. Forms and scripts of a page count
 * for the person it was made for, and for nobody who signs in later in another tab.
 */
import { all, csrf } from "../dom.js";

const SESSION = "/accounts/session/";
/** Tabs tell each other that somebody signed in or out. */
export const CHANNEL = "attune-session";
/** The copy of a plain form in the storage of this tab. */
export const FORM_COPY = "attune.form";

/** @typedef {"same" | "other" | "ended" | "unknown"} Standing unknown: no connection, or no answer to rely on */
/** @typedef {"back" | "other" | "later"} Decision later: the person does not want to sign in now */

/** @type {Promise<Decision> | undefined} */
let asking;
let dismissed = false;

/** A mark that tells people apart and names nobody; empty on pages without a person. */
const pagePerson = () => globalThis.document?.documentElement?.dataset?.person ?? "";

/** What every request of a script carries. @returns {Record<string, string>} */
export function pageHeaders() {
  const person = pagePerson();
  return {
    "X-Requested-With": "fetch", "X-CSRFToken": csrf(), ...(person && { "X-Attune-Person": person }),
  };
}

/** Ask the server, and take its fresh token into the page's forms. @returns {Promise<Standing>} */
export async function askSession() {
  try {
    const answer = await fetch(SESSION, {
      headers: { Accept: "application/json", "X-Requested-With": "fetch" }, cache: "no-store", redirect: "error",
    });
    if (answer.status === 401) return "ended";
    if (!answer.ok) return "unknown";
    const { person, token } = await answer.json();
    if (person !== pagePerson()) return "other";
    renewForms(token);
    return "same";
  } catch {
    return "unknown";
  }
}

/** @param {string} token */
function renewForms(token) {
  for (const field of all('input[name="csrfmiddlewaretoken"]')) field.setAttribute("value", token);
}

/**
 * Open the dialogue that asks to sign in again; one for all who wait. A request that nobody pressed a
 * button for (`asked: false`) opens it once and not again after "Not now".
 * @param {{asked?: boolean}} [how] @returns {Promise<Decision>}
 */
export function signInAgain({ asked = true } = {}) {
  if (dismissed && !asked) return Promise.resolve("later");
  asking ??= new Promise((decide) => {
    const detail = { decide, taken: false };
    document.dispatchEvent(new CustomEvent("attune:session-ended", { detail }));
    // A page without the dialogue.
    if (!detail.taken) decide("later");
  }).then((/** @type {any} */ decision) => {
    asking = undefined;
    dismissed = decision === "later";
    if (decision === "back") document.dispatchEvent(new CustomEvent("attune:signed-in"));
    return decision;
  });
  return asking;
}

/** Whether the person put the dialogue off; polls rest meanwhile. */
export const isSignedOut = () => dismissed || Boolean(asking);

/** Say that somebody else is signed in; the page can only be left. */
export function tellOther() {
  document.dispatchEvent(new CustomEvent("attune:another-person"));
}
