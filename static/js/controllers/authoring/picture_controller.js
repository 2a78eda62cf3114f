// @ts-check
/**
 * The panel that puts a picture into a text: chosen, pasted or dropped.
 *
 * It sends the form's own button. The server stores the picture and answers with the Markdown.
 */
import { all, announce, one } from "../../lib/dom.js";
import { clearProblem, complain } from "../../lib/form_error.js";
import { t } from "../../lib/i18n.js";
import { trouble } from "../../lib/send.js";
import { requestOf, swap } from "../../lib/swap.js";
import { put } from "./markdown_controller.js";

/** A picture of 10 MB over a slow line. */
const TIMEOUT_MS = 600_000;

/** @param {HTMLElement} panel @param {AbortSignal} signal */
export function connect(panel, signal) {
  const field = document.getElementById(panel.dataset.text ?? "");
  const [file, words] = all("input", panel);
  const button = one("button", panel);
  if (!(panel instanceof HTMLDetailsElement && field instanceof HTMLTextAreaElement)) return;
  if (!(file instanceof HTMLInputElement && button instanceof HTMLButtonElement)) return;

  const take = (/** @type {Event} */ event, /** @type {DataTransfer | null} */ carried) => {
    const picture = [...(carried?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!picture) return;
    event.preventDefault();
    const one = new DataTransfer();
    one.items.add(picture);
    file.files = one.files;
    panel.open = true;
    words.focus();
  };
  field.addEventListener("paste", (event) => take(event, event.clipboardData), { signal });
  field.addEventListener("drop", (event) => take(event, event.dataTransfer), { signal });
  field.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  }, { signal });
  field.addEventListener("attune:picture", () => {
    panel.open = true;
    file.focus();
  }, { signal });
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    button.click();
  }, { signal });
  button.addEventListener("click", (event) => {
    event.preventDefault();
    upload(field, button);
  }, { signal });
}

/** @param {HTMLTextAreaElement} field @param {HTMLButtonElement} button */
async function upload(field, button) {
  const { form } = button;
  if (!form || form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  announce(t("Sending. Keep this page open."));
  const [url, request] = requestOf(form, button);
  const outcome = await swap(url, { ...request, timeoutMs: TIMEOUT_MS }, ["picture"]);
  form.removeAttribute("aria-busy");
  if (!outcome.swapped) return complain(form, trouble(outcome));
  clearProblem(form);
  const panel = one("#picture");
  const { added } = panel?.dataset ?? {};
  if (!panel || !added) return one("[aria-invalid]", panel ?? document)?.focus();
  panel.removeAttribute("open");
  one("[data-say]", panel)?.remove();
  put(field, place(field, added));
  announce(t("Picture added to the text"));
}

/**
 * Put the picture on lines of its own, after what is selected.
 * @param {{value: string, selectionEnd: number}} field @param {string} added
 * @returns {import("./markdown_controller.js").Edit}
 */
export function place({ value, selectionEnd: at }, added) {
  const before = value.slice(0, at);
  const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const after = value.slice(at).startsWith("\n") ? "\n" : "\n\n";
  const written = gap + added + after;
  return { from: at, to: at, put: written, start: at + written.length, end: at + written.length };
}
