// @ts-check
/**
 * A form that is answered in place: `data-swap="quiz hints"` names the parts to replace.
 *
 * The form dispatches `attune:not-sent` with the outcome and its request; where no listener prevents
 * that, it shows why it was not sent.
 */
import { all, announce, one } from "../../lib/dom.js";
import { clearProblem, complain } from "../../lib/form_error.js";
import { trouble } from "../../lib/send.js";
import { requestOf, swap } from "../../lib/swap.js";

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  form.addEventListener("submit", async (event) => {
    if (form.dataset.plain) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    const [url, request] = requestOf(form, event.submitter);
    const held = [event.submitter?.id, event.submitter?.closest("li[id]")?.id];
    const outcome = await swap(url, request, (form.dataset.swap ?? "").split(" ").filter(Boolean));
    form.removeAttribute("aria-busy");
    if (outcome.swapped) {
      clearProblem(form);
      return afterwards(form.dataset.focus ?? "", held);
    }
    // A button that was replaced meanwhile needs no answer.
    if (event.submitter && !event.submitter.isConnected) return;
    // The server refused with a page that gives the reason: show it as a whole.
    if (outcome.page && ["conflict", "refused"].includes(outcome.kind)) {
      form.dataset.plain = "true";
      return form.requestSubmit(event.submitter);
    }
    const detail = { outcome, url, request };
    if (form.dispatchEvent(new CustomEvent("attune:not-sent", { detail, cancelable: true }))) complain(form, trouble(outcome));
  }, { signal });
}

/**
 * Focus and announce the new content, or return the focus.
 * @param {string} selector
 * @param {(string | undefined)[]} held ids around the button that was pressed
 */
function afterwards(selector, held) {
  const target = selector ? all(selector).at(-1) : undefined;
  const before = () => held.map((id) => document.getElementById(id ?? "")).find(Boolean);
  if (target) target.focus();
  else if (document.activeElement === document.body) before()?.focus();
  // A conversion on the same page has words of its own.
  const said = one("#done [data-say]") ?? one("[data-say]");
  if (said) announce(said.textContent?.trim().replace(/\s+/g, " ") ?? "");
}
