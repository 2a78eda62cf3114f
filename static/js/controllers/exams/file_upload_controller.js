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
/** After these the server may have other files than the page lists. */
const UNSURE = ["invalid", "timeout", "offline", "broken"];

/** @typedef {import("../../lib/send.js").Outcome} Outcome */
/** @typedef {{file: File, row: HTMLElement, stop: AbortController}} Transfer */

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  const options = { signal };
  const queue = new UploadQueue(form);
  form.dataset.scripted = "";
  form.dataset.began = String(performance.now());
  const allowSeveral = () => {
    const field = fieldOf(form);
    if (field) field.multiple = field.matches("[data-several]");
  };
  allowSeveral();
  document.addEventListener("attune:swapped", allowSeveral, options);
  form.addEventListener("change", (event) => {
    const field = fieldOf(form);
    if (!field?.files || event.target !== field) return;
    queue.add([...field.files]);
    field.value = "";
  }, options);
  takeDropped(form, (files) => queue.add(files), signal);
  form.addEventListener("submit", (event) => void queue.submit(event), options);
  // When time is up, no question keeps the learner on this page.
  document.addEventListener("attune:time-over", () => queue.stopAll(), options);
  signal.addEventListener("abort", () => queue.stopAll());
  addEventListener("beforeunload", (event) => { if (queue.transfers.size) event.preventDefault(); }, options);
  registerUnsent({ count: () => queue.transfers.size, send: () => queue.sent }, signal);
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

class UploadQueue {
  /** @type {Set<Transfer>} */
  transfers = new Set();
  /** All since the queue was last empty. @type {Transfer[]} */
  batch = [];
  sent = Promise.resolve();
  leaving = false;
  /** What a press has begun: a second press does not begin it again. @type {Set<string>} */
  #begun = new Set();

  /** @param {HTMLFormElement} form */
  constructor(form) { this.form = form; }

  /** @param {Iterable<File>} files */
  add(files) {
    if (!this.transfers.size) this.batch = [];
    for (const file of files) {
      const transfer = makeTransfer(this.form, file);
      this.batch.push(transfer);
      const why = sizeProblem(this.form, file);
      if (why) fail(transfer.row, t("Not uploaded. {why}", { why }));
      else this.#enqueue(transfer);
    }
  }

  /** @param {Transfer} transfer */
  #enqueue(transfer) {
    this.transfers.add(transfer);
    this.sent = this.sent.then(() => this.#upload(transfer)).then(() => { this.transfers.delete(transfer); });
  }

  /** @param {Transfer} transfer */
  async #upload({ file, row, stop }) {
    if (stop.signal.aborted) return;
    const { form } = this;
    const { name } = file;
    const onProgress = (/** @type {number} */ percent) => showProgress(row, percent);
    onProgress(0);
    // The words of a failure are not read out to their end yet.
    if (!this.batch.some(hasFailed)) announce(t("“{name}” is being uploaded.", { name }));
    const outcome = await post(form, { file }, { signal: stop.signal, onProgress });
    if (this.leaving) return;
    if (isOver(outcome)) return this.#leave(form.dataset.over);
    // A cancelled upload may have arrived all the same: the list says so.
    if (outcome.kind !== "done" && !stop.signal.aborted) return this.#explain(outcome, row, failureOf(form, outcome));
    const stored = outcome.kind === "done" && outcome.data?.file;
    close(form, row);
    await this.#refresh();
    announce(stored ? t("“{name}” is saved.", { name }) : t("Upload cancelled"));
  }

  /** Remove or restore a file in place; go on only once every file is here. @param {SubmitEvent} event */
  submit(event) {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    const changes = button?.name === "act";
    if (!changes && !this.transfers.size) return undefined;
    event.preventDefault();
    return changes ? this.#once("change", () => this.#change(button)) : this.#once("go on", () => this.#goOn(button));
  }

  /** @param {string} name @param {() => Promise<void>} act */
  async #once(name, act) {
    if (this.#begun.has(name)) return;
    this.#begun.add(name);
    await act().finally(() => this.#begun.delete(name));
  }

  /** @param {HTMLButtonElement | null} button */
  async #goOn(button) {
    announce(t("Wait until the upload has finished."));
    while (this.transfers.size) await this.sent;
    if (this.leaving) return;
    const failed = this.batch.find(hasFailed);
    if (!failed) return this.form.requestSubmit(button);
    one("button", failed.row)?.focus();
    announce(t("“{name}” was not uploaded. Read why, then continue or select the file again.", { name: failed.file.name }));
  }

  /** @param {HTMLButtonElement} button */
  async #change(button) {
    const { form } = this;
    const outcome = await post(form, { act: button.value });
    if (isOver(outcome)) return this.#leave(form.dataset.over);
    if (outcome.kind !== "done") {
      const why = t("Not changed. {why}", { why: trouble(outcome) });
      return this.#explain(outcome, addRow(form, button.dataset.file ?? ""), why);
    }
    await this.#refresh();
    (one("#undo-removal") ?? fieldOf(form))?.focus();
    announce(one("[data-removed] span", form)?.textContent ?? t("The file is back in the list."));
  }

  /** Say in the row why nothing was stored, and show what is. @param {Outcome} outcome @param {HTMLElement} row @param {string} why */
  async #explain(outcome, row, why) {
    fail(row, why);
    if (UNSURE.includes(outcome.kind)) await this.#refresh();
  }

  async #refresh() {
    const { form } = this;
    const had = one(`#${PARTS[0]}`, form)?.contains(document.activeElement);
    const outcome = await swap(form.dataset.page ?? "", { method: "GET" }, PARTS);
    if (outcome.redirected) return this.#leave(outcome.url);
    // The part that had the focus was replaced.
    if (had) (fieldOf(form) ?? one(`#${PARTS[0]} button`, form))?.focus();
  }

  /** The page is left: nothing more is sent, read or submitted. */
  stopAll() {
    this.leaving = true;
    for (const { stop } of this.transfers) stop.abort();
    this.transfers.clear();
  }

  /** The test is over, so no upload keeps the learner here. @param {string} [url] */
  #leave(url) {
    this.stopAll();
    location.assign(url ?? "");
  }
}

/** Return whether a row says that its file was not uploaded. @param {Transfer} transfer */
const hasFailed = ({ row }) => row.isConnected && row.matches("[data-failed]");

/** Return why a file is not worth sending, or "". @param {HTMLFormElement} form @param {File} file */
function sizeProblem({ dataset }, { size }) {
  if (!size) return dataset.empty ?? "";
  return size > Number(dataset.mostBytes) ? dataset.tooLarge ?? "" : "";
}

/** @param {HTMLFormElement} form @param {File} file @returns {Transfer} */
function makeTransfer(form, file) {
  const row = addRow(form, file.name);
  const stop = new AbortController();
  one("button", row)?.addEventListener("click", () => stop.abort());
  return { file, row, stop };
}

/** @param {HTMLElement} row @param {number} percent */
function showProgress(row, percent) {
  const [bar, words, button] = [one("progress", row), one("[data-words]", row), one("button", row)];
  const arrived = percent >= 100;
  bar?.setAttribute("value", String(percent));
  if (words) words.textContent = arrived ? t("The file is being checked and saved.") : t("{percent}% uploaded", { percent });
  if (!button) return;
  // From here on the server stores the file, whoever waits for its answer.
  if (arrived && button === document.activeElement) row.focus();
  button.hidden = arrived;
}

/** @param {HTMLFormElement} form @param {Record<string, string | File>} fields @param {object} [wish] */
function post(form, fields, wish = {}) {
  const body = new FormData();
  const { value } = /** @type {HTMLInputElement} */ (one('input[name="question"]', form));
  const elapsed = String(Math.round(performance.now() - Number(form.dataset.began)));
  for (const [name, content] of Object.entries({ question: value, stay: "1", elapsed_ms: elapsed, ...fields })) body.append(name, content);
  return send(form.action, { body, expects: "json", timeoutMs: TIMEOUT_MS, ...wish });
}

/** @param {Outcome} outcome */
const isOver = ({ kind, data }) => kind === "conflict" && data?.code === "over";

/** @param {HTMLFormElement} form @param {Outcome} outcome */
function failureOf(form, outcome) {
  // It may be stored: the words say how to see that.
  if (outcome.kind === "timeout") return trouble(outcome);
  return t("Not uploaded. {why}", { why: (outcome.status === 413 && form.dataset.tooLarge) || trouble(outcome) });
}

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLElement} */
function addRow(form, name) {
  const list = /** @type {HTMLElement} */ (one("[data-uploading]", form));
  const { content } = /** @type {HTMLTemplateElement} */ (one("[data-upload-row]", form));
  const row = /** @type {HTMLElement} */ (content.firstElementChild?.cloneNode(true));
  for (const each of all("[data-name]", row)) each.textContent = name;
  one("progress", row)?.setAttribute("aria-label", name);
  one("button", row)?.addEventListener("click", () => close(form, row));
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
  if (had) (fieldOf(form) ?? one(`#${PARTS[0]} button`, form))?.focus();
}

/** Say in the row what went wrong; closing it removes the words. @param {HTMLElement} row @param {string} why */
function fail(row, why) {
  const [words, button, press] = [one("[data-words]", row), one("button", row), one("[data-press]", row)];
  row.dataset.failed = "";
  one("progress", row)?.remove();
  if (words) words.textContent = why;
  if (button) button.hidden = false;
  if (press) press.textContent = t("Close");
  announce(why);
}
