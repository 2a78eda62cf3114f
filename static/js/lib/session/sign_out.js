// @ts-check
/**
 * Sign-out: unsent data is sent or discarded, then everything this person left in the browser is
 * deleted, in each tab.
 *
 * Without JavaScript the form signs out, and the server asks the browser to clear its storage.
 */
import { dialogFrom, one, toast } from "../dom.js";
import { forgetPerson } from "./own_storage.js";
import { send, trouble } from "../send.js";
import { CHANNEL } from "./session.js";
import { sendUnsent, unpostedTexts, unsentAnswers } from "./unsent_answers.js";
import { t, tn } from "../i18n.js";

const LOG_IN = "/accounts/login/?out=";
const SEND_MS = 5000;

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter @param {AbortSignal} signal */
export async function signOut(form, submitter, signal) {
  const dialog = dialogFrom(one("[data-sign-out-template]"));
  if (!dialog || !said(dialog)) {
    dialog?.remove();
    return leave(form, submitter);
  }
  const act = (/** @type {string} */ name, /** @type {() => void} */ what) =>
    one(`[data-sign-out-${name}]`, dialog)?.addEventListener("click", what, { signal });
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  act("send", () => void sendFirst(dialog, form, submitter));
  act("discard", () => { dialog.close(); void leave(form, submitter); });
  act("stay", () => dialog.close());
  dialog.showModal();
}

/** Describe what is not sent; return false where there is nothing. @param {HTMLElement} dialog */
function said(dialog) {
  const [answers, texts] = [unsentAnswers(), unpostedTexts()];
  const lines = [
    answers ? tn("{n} answer has not been sent yet.", "{n} answers have not been sent yet.", answers) : "",
    texts ? tn("{n} text has not been posted yet.", "{n} texts have not been posted yet.", texts) : "",
  ].filter(Boolean);
  /** @type {HTMLElement} */ (one("[data-sign-out-what]", dialog)).textContent = lines.join(" ");
  /** @type {HTMLElement} */ (one("[data-sign-out-send]", dialog)).hidden = !answers;
  return lines.length > 0;
}

/** @param {HTMLDialogElement} dialog @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function sendFirst(dialog, form, submitter) {
  await Promise.race([sendUnsent(), new Promise((done) => setTimeout(done, SEND_MS))]);
  if (unsentAnswers()) {
    const note = /** @type {HTMLElement} */ (one("[data-sign-out-note]", dialog));
    note.textContent = t("Not sent yet. Try again, or sign out and discard it.");
    return;
  }
  if (said(dialog)) return;
  dialog.close();
  await leave(form, submitter);
}

/**
 * Nothing is deleted before the server has ended the session.
 * @param {HTMLFormElement} form @param {HTMLElement | null} submitter
 */
async function leave(form, submitter) {
  const body = new FormData(form);
  const name = submitter?.getAttribute("name");
  if (name) body.append(name, submitter?.getAttribute("value") ?? "");
  const outcome = await send(form.action, { body, quiet: true });
  if (!["done", "signed_out"].includes(outcome.kind)) return toast(trouble(outcome));
  document.dispatchEvent(new CustomEvent("attune:leaving"));
  if (typeof BroadcastChannel !== "undefined") new BroadcastChannel(CHANNEL).postMessage({ type: "signed_out" });
  await forgetPerson();
  // A session that had expired has ended no other one.
  location.replace(LOG_IN + (outcome.kind === "done" && body.has("everywhere") ? "everywhere" : "1"));
}
