// @ts-check
/** Deleting the last ten minutes without leaving the page: the form's own request, answered in words. */
import { toast } from "./page.js";
import { t } from "./words.js";

/**
 * Send the form and say what came of it. A page without scripts sends it as any form.
 * @param {HTMLFormElement} form
 */
export async function deleteLast(form) {
  const answer = await fetch(form.action, {
    method: "POST", body: new FormData(form), headers: { Accept: "application/json" },
  }).catch(() => null);
  toast(answer?.ok ? (await answer.json()).told : t("Not deleted yet: no connection. Try again."));
}
