// @ts-check
/** Deletes the last ten minutes without leaving the page, by the form's own request. */
import { toast } from "../dom.js";
import { send, trouble } from "../send.js";
import { t } from "../i18n.js";

/**
 * Send the form and report the result. Without scripts it is submitted as a plain form.
 * @param {HTMLFormElement} form
 */
export async function deleteLast(form) {
  const outcome = await send(form.action, { body: new FormData(form), expects: "json" });
  toast(outcome.kind === "done" ? outcome.data.told : t("Not deleted yet. {why}", { why: trouble(outcome) }));
}
