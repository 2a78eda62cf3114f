// @ts-check
/** Upload of a large file: the button shows it and cannot be pressed twice. */
import { announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const WORDS = t("Sending. Keep this page open.");

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") return event.preventDefault();
    form.setAttribute("aria-busy", "true");
    const button = event.submitter ?? one("button", form);
    if (button) button.textContent = WORDS;
    announce(WORDS);
  }, { signal });
}
