// @ts-check
/** A form that answers in place: `data-swap="quiz hints"` names the parts to take over. */
import { all, announce, one } from "../lib/page.js";
import { requestOf, swap } from "../lib/swap.js";

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  form.addEventListener("submit", async (event) => {
    if (form.dataset.plain) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    const [url, request] = requestOf(form, event.submitter);
    try {
      await swap(url, request, (form.dataset.swap ?? "").split(" ").filter(Boolean));
      afterwards(form.dataset.focus ?? "");
    } catch {
      form.dataset.plain = "true";
      form.requestSubmit(event.submitter);
    }
  }, { signal });
}

/** Puts the focus on what came, and tells it. @param {string} selector */
function afterwards(selector) {
  const target = selector ? all(selector).at(-1) : undefined;
  if (target) target.focus();
  const said = one("[data-say]");
  if (said) announce(said.textContent?.trim().replace(/\s+/g, " ") ?? "");
}
