// @ts-check
/**
 * Whose page this is, and whether that person is still signed in.
 *
 * Forms and scripts of a page act for the person for whom it was made, never for a person who signs
 * in later in another tab.
 */
import { all, csrf } from "../dom.js";

const SESSION = "/accounts/session/";
/** The channel on which tabs report that a person signed in or out. */
export const CHANNEL = "attune-session";
/** The key of the form copy in the storage of this tab. */
export const FORM_COPY = "attune.form";

/**
 * @typedef {"same" | "other" | "ended" | "unknown"} Standing
 *   unknown: no connection, or no reliable answer
 */
/** @typedef {"back" | "other" | "later"} Decision later: the person does not want to sign in now */

/** @type {Promise<Decision> | undefined} */
let asking;
let dismissed = false;

/** A pseudonym that distinguishes people; empty on pages without a person. */
const pagePerson = () => globalThis.document?.documentElement?.dataset?.person ?? "";

/** The headers of each request by a script. @returns {Record<string, string>} */
export function pageHeaders() {
  const person = pagePerson();
  return {
    "X-Requested-With": "fetch", "X-CSRFToken": csrf(), ...(person && { "X-Attune-Person": person }),
  };
}

/**
 * Ask the server whose session this is, and put its new token into the page's forms.
 * @returns {Promise<Standing>}
 */
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
 * Open the dialogue that asks to sign in again; one for all who wait. A request without a press
 * (`asked: false`) opens it once, and not again after "Not now".
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

/** Return whether the person postponed the dialogue; polls pause meanwhile. */
export const isSignedOut = () => dismissed || Boolean(asking);

/** Report that another person is signed in; the page can only be left. */
export function tellOther() {
  document.dispatchEvent(new CustomEvent("attune:another-person"));
}
