// @ts-check
/**
 * The state of an uploaded video: its button deletes it. A finished one was saved as a further step
 * of the draft, so the page's forms follow that step unless someone else saved as well.
 */
import { all, one } from "../../lib/dom.js";
import { send, trouble } from "../../lib/send.js";
import { swap } from "../../lib/swap.js";

/** @param {HTMLElement} status @param {AbortSignal} signal */
export function connect(status, signal) {
  const { before, after, url, from } = status.dataset;
  for (const field of before ? all('input[name="stamp"]') : []) {
    if (field.getAttribute("value") === before) field.setAttribute("value", after ?? "");
  }
  const button = one("[data-delete]", status);
  if (button) button.hidden = false;
  button?.addEventListener("click", async () => {
    const outcome = await send(url ?? "", { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } });
    if (outcome.kind !== "done" && outcome.status !== 404) button.textContent = trouble(outcome);
    else await swap(from ?? "", { method: "GET" }, [status.id]);
  }, { signal });
}
