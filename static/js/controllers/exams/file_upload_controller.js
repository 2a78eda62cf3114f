// @ts-check
/**
 * The files of an answer of a test: uploads each that is selected or dropped, one after another.
 *
 * The server lists what it has stored; only that is an answer. Without scripts the form sends a file.
 */
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";
import { send, trouble } from "../../lib/send.js";
import { registerUnsent } from "../../lib/session/unsent_answers.js";
import { swap } from "../../lib/swap.js";

/** The list of files, and the places of the test, which say whether a question is answered. */
const PARTS = ["files", "steps"];
/** A file of 10 MB over a slow line. */
const TIMEOUT_MS = 600_000;

/** @typedef {{file: File, row: HTMLElement, stop: AbortController}} Transfer */

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  const options = { signal };
  /** @type {Set<Transfer>} */
  const transfers = new Set();
  let sent = Promise.resolve();
  form.dataset.scripted = "";
  form.dataset.began = String(performance.now());
  const allowMany = () => fieldOf(form)?.toggleAttribute("multiple", true);
  allowMany();
  document.addEventListener("attune:swapped", allowMany, options);
  const add = (/** @type {Iterable<File>} */ files) => {
    for (const file of files) {
      const transfer = makeTransfer(form, file);
      transfers.add(transfer);
      sent = sent.then(() => upload(form, transfer)).then(() => { transfers.delete(transfer); });
    }
  };
  form.addEventListener("change", (event) => {
    const field = fieldOf(form);
    if (!field?.files || event.target !== field) return;
    add([...field.files]);
    field.value = "";
  }, options);
  takeDropped(form, add, signal);
  form.addEventListener("submit", (event) => submit(form, event, transfers.size ? sent : undefined), options);
  const stopAll = () => {
    for (const { stop } of transfers) stop.abort();
    transfers.clear();
  };
  // When time is up, no question keeps the learner on this page.
  document.addEventListener("attune:time-over", stopAll, options);
  signal.addEventListener("abort", stopAll);
  addEventListener("beforeunload", (event) => { if (transfers.size) event.preventDefault(); }, options);
  registerUnsent({ count: () => transfers.size, send: () => sent }, signal);
}

/** @param {HTMLFormElement} form */
const fieldOf = (form) => /** @type {HTMLInputElement | null} */ (one('input[type="file"]', form));

/** @param {HTMLFormElement} form @param {(files: File[]) => void} add @param {AbortSignal} signal */
function takeDropped(form, add, signal) {
  form.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  }, { signal });
  form.addEventListener("drop", (event) => {
    const files = [...event.dataTransfer?.files ?? []];
    if (!files.length) return;
    event.preventDefault();
    add(files);
  }, { signal });
}

/** Remove or restore a file in place; go on only once every file is here. @param {HTMLFormElement} form
 * @param {SubmitEvent} event @param {Promise<void> | undefined} sent */
async function submit(form, event, sent) {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (button?.name === "act") {
    event.preventDefault();
    return change(form, button);
  }
  if (!sent) return undefined;
  event.preventDefault();
  announce(t("Wait until the upload has finished."));
  await sent;
  if (!one("[data-failed]", form)) form.requestSubmit(button);
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button */
async function change(form, button) {
  const outcome = await post(form, { act: button.value });
  if (outcome.kind !== "done") return explain(form, outcome, addRow(form, ""));
  await refresh(form);
  const undo = one("#undo-removal");
  (undo ?? fieldOf(form))?.focus();
  announce(one("[data-removed] span", form)?.textContent ?? t("The file is back in the list."));
}

/** @param {HTMLFormElement} form @param {File} file @returns {Transfer} */
function makeTransfer(form, file) {
  const row = addRow(form, file.name);
  const stop = new AbortController();
  one("button", row)?.addEventListener("click", () => {
    stop.abort();
    close(form, row);
  });
  return { file, row, stop };
}

/** @param {HTMLFormElement} form @param {Transfer} transfer */
async function upload(form, { file, row, stop }) {
  if (stop.signal.aborted) return;
  const [bar, words] = [one("progress", row), one("[data-words]", row)];
  const onProgress = (/** @type {number} */ percent) => {
    bar?.setAttribute("value", String(percent));
    if (words) words.textContent = percent < 100 ? t("{percent} % uploaded", { percent }) : t("The file is being checked and saved.");
  };
  onProgress(0);
  announce(t("“{name}” is being uploaded.", { name: file.name }));
  const outcome = await post(form, { file }, { signal: stop.signal, onProgress });
  // A cancelled upload may have arrived all the same: the list says so.
  if (outcome.kind !== "done" && !stop.signal.aborted) return explain(form, outcome, row);
  const stored = outcome.kind === "done" && outcome.data?.file;
  close(form, row);
  await refresh(form);
  announce(stored ? t("“{name}” is saved.", { name: file.name }) : t("Upload cancelled"));
}

/** @param {HTMLFormElement} form @param {Record<string, string | File>} fields @param {object} [wish] */
function post(form, fields, wish = {}) {
  const body = new FormData();
  const { value } = /** @type {HTMLInputElement} */ (one('input[name="question"]', form));
  const elapsed = String(Math.round(performance.now() - Number(form.dataset.began)));
  for (const [name, content] of Object.entries({ question: value, stay: "1", elapsed_ms: elapsed, ...fields })) body.append(name, content);
  return send(form.action, { body, expects: "json", timeoutMs: TIMEOUT_MS, ...wish });
}

/** @param {HTMLFormElement} form */
async function refresh(form) {
  const had = one(`#${PARTS[0]}`, form)?.contains(document.activeElement);
  const outcome = await swap(form.dataset.page ?? "", { method: "GET" }, PARTS);
  if (outcome.redirected) location.assign(outcome.url ?? "");
  // The part that had the focus was replaced.
  if (had) (fieldOf(form) ?? one(`#${PARTS[0]} button`, form))?.focus();
}

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLElement} */
function addRow(form, name) {
  const list = /** @type {HTMLElement} */ (one("[data-uploading]", form));
  const { content } = /** @type {HTMLTemplateElement} */ (one("[data-upload-row]", form));
  const row = /** @type {HTMLElement} */ (document.importNode(content, true).firstElementChild);
  for (const each of all("[data-name]", row)) each.textContent = name;
  one("progress", row)?.setAttribute("aria-label", name);
  list.append(row);
  list.hidden = false;
  return row;
}

/** @param {HTMLFormElement} form @param {HTMLElement} row */
function close(form, row) {
  const list = /** @type {HTMLElement} */ (one("[data-uploading]", form));
  const had = row.contains(document.activeElement);
  row.remove();
  list.hidden = !list.children.length;
  if (had) fieldOf(form)?.focus();
}

/**
 * Say in the row why nothing was stored; closing it removes the words.
 * @param {HTMLFormElement} form @param {import("../../lib/send.js").Outcome} outcome @param {HTMLElement} row
 */
function explain(form, outcome, row) {
  if (outcome.kind === "conflict" && outcome.data?.code === "over") return location.assign(form.dataset.over ?? "");
  const why = t("Not uploaded. {why}", { why: trouble(outcome) });
  const [words, button] = [one("[data-words]", row), one("button", row)];
  row.dataset.failed = "";
  one("progress", row)?.remove();
  if (words) words.textContent = why;
  if (button) button.firstChild?.replaceWith(t("Close"));
  announce(why);
}
