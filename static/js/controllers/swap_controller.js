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
    const held = [event.submitter?.id, event.submitter?.closest("li[id]")?.id];
    try {
      await swap(url, request, (form.dataset.swap ?? "").split(" ").filter(Boolean));
      afterwards(form.dataset.focus ?? "", held);
    } catch {
      // A button that went meanwhile was seen to: the page has moved on without us.
      if (event.submitter && !event.submitter.isConnected) return form.removeAttribute("aria-busy");
      form.dataset.plain = "true";
      form.requestSubmit(event.submitter);
    }
  }, { signal });
}

/**
 * Puts the focus on what came, or where it was, and tells it.
 * @param {string} selector @param {(string | undefined)[]} held ids around the button that was pressed
 */
function afterwards(selector, held) {
  const target = selector ? all(selector).at(-1) : undefined;
  const before = () => held.map((id) => document.getElementById(id ?? "")).find(Boolean);
  if (target) target.focus();
  else if (document.activeElement === document.body) before()?.focus();
  const said = one("[data-say]");
  if (said) announce(said.textContent?.trim().replace(/\s+/g, " ") ?? "");
}
