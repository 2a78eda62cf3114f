// @ts-check
/** Deleting the last ten minutes without leaving the page: the form's own request, answered in words. */
import { toast } from "../dom.js";
import { send, trouble } from "../send.js";
import { t } from "../i18n.js";

/**
 * Send the form and say what came of it. A page without scripts sends it as any form.
 * @param {HTMLFormElement} form
 */
export async function deleteLast(form) {
  const outcome = await send(form.action, { body: new FormData(form), expects: "json" });
  toast(outcome.kind === "done" ? outcome.data.told : t("Not deleted yet. {why}", { why: trouble(outcome) }));
}
