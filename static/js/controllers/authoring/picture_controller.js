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
    const picture = pictureOf(carried);
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
  // Where nothing was written yet, the cursor is at the start, where the person did not put it.
  field.addEventListener("focus", () => { field.dataset.visited = "true"; }, { signal });
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
    upload(field, button, file.files);
  }, { signal });
}

/**
 * Return the picture that is pasted or dropped. Programs that copy words add a picture of them: the
 * words go into the text as usual.
 * @param {{types: readonly string[], files: Iterable<File>} | null} carried
 */
export function pictureOf(carried) {
  if (!carried || carried.types.includes("text/plain")) return undefined;
  return [...carried.files].find(({ type }) => type.startsWith("image/"));
}

/** @param {HTMLTextAreaElement} field @param {HTMLButtonElement} button @param {FileList | null} files */
async function upload(field, button, files) {
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
  if (!panel || !added) return showRefusal(panel, files);
  panel.removeAttribute("open");
  one("[data-say]", panel)?.remove();
  if (!field.dataset.visited) field.setSelectionRange(field.value.length, field.value.length);
  put(field, place(field, added));
  announce(t("Picture added to the text"));
}

/** Keep a chosen file, unless it is what was refused. @param {HTMLElement | null} panel @param {FileList | null} files */
function showRefusal(panel, files) {
  const refused = panel && one("[aria-invalid]", panel);
  const file = panel && one("input[type='file']", panel);
  if (file instanceof HTMLInputElement && file !== refused) file.files = files;
  refused?.focus();
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
