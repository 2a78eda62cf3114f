// @ts-check
/**
 * Upload of a unit's video in pieces (tus): with progress, pause and cancel, and on after a broken
 * line or a reload of the page. Without scripts the form sends the file in one piece.
 */
import { announce, one, toast } from "../../lib/dom.js";
import { clearProblem, complain } from "../../lib/form_error.js";
import { num, t } from "../../lib/i18n.js";
import { pageHeaders, signInAgain, tellOther } from "../../lib/session/session.js";
import { swap } from "../../lib/swap.js";
import { trouble } from "../../lib/send.js";

const LIBRARY = new URL("../../../vendor/tus.min.js", import.meta.url).href;
const MB = 1024 * 1024;
const PIECE = 8 * MB;
/** A broken line is tried again for a quarter of an hour; then the person resumes. */
const WAITS_MS = [0, 1000, 2000, 5000, 10_000, ...Array(60).fill(15_000)];
const STATUS = "film-status";
const PAUSE = t("Pause");
const RESUME = t("Resume");

/** @typedef {import("tus-js-client").Upload} TusUpload */
/** @typedef {{form: HTMLElement, upload: TusUpload, running: boolean, file: File, most: number}} Transfer
 * most: the bytes that were sent at some time */

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  const options = { signal };
  /** @type {Transfer | undefined} */
  let transfer;
  const chosen = () => /** @type {HTMLInputElement | null} */ (one('input[type="file"]', form))?.files?.[0];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = chosen();
    if (!file || form.getAttribute("aria-busy") === "true") return;
    // Before the library is here, so that a second press starts no second upload.
    form.setAttribute("aria-busy", "true");
    clearProblem(form);
    const upload = await makeUpload(form, file, { current: () => transfer, done: () => { transfer = undefined; } });
    if (!upload) return form.removeAttribute("aria-busy");
    if (signal.aborted) return;
    transfer = { form, file, upload, running: false, most: 0 };
    await resume(transfer);
  }, options);
  part(form, "pause")?.addEventListener("click", () => {
    if (transfer?.running) pause(transfer, t("Paused. Your video is kept here for a week."));
    else if (transfer) resume(transfer);
  }, options);
  part(form, "cancel")?.addEventListener("click", async () => {
    const stopped = transfer;
    transfer = undefined;
    if (stopped) await cancel(stopped);
  }, options);
  globalThis.addEventListener("online", () => { if (transfer?.running) restart(transfer); }, options);
  globalThis.addEventListener("beforeunload", (event) => { if (transfer?.running) event.preventDefault(); }, options);
  signal.addEventListener("abort", () => {
    if (transfer) leave(transfer);
    transfer = undefined;
  }, { once: true });
}

/** @param {HTMLElement} form @param {string} name */
const part = (form, name) => one(`[data-film-${name}]`, form);

/**
 * Return the upload, or undefined where the library could not be loaded, which the form then says.
 * @param {HTMLElement} form @param {File} file
 * @param {{current: () => Transfer | undefined, done: () => void}} page
 * @returns {Promise<TusUpload | undefined>}
 */
async function makeUpload(form, file, { current, done }) {
  try {
    await import(LIBRARY);
  } catch {
    complain(form, trouble({ kind: "offline", status: 0 }));
    return undefined;
  }
  const { Upload } = /** @type {any} */ (globalThis).tus;
  const keeps = /** @type {HTMLInputElement | null} */ (one('input[name="keep"]', form))?.checked;
  const upload = new Upload(file, {
    endpoint: form.dataset.create,
    chunkSize: PIECE,
    retryDelays: WAITS_MS,
    metadata: keeps ? { keep: "yes" } : {},
    fingerprint: () => fingerprint(file, form.dataset.create ?? ""),
    removeFingerprintOnSuccess: true,
    onBeforeRequest: (/** @type {any} */ request) => {
      for (const [name, value] of Object.entries(pageHeaders())) request.setHeader(name, value);
    },
    onAfterResponse: refuseNewStart,
    onProgress: (/** @type {number} */ sent) => show(current(), sent),
    onShouldRetry: (/** @type {any} */ error) => {
      if (mayPass(error)) say(form, t("The connection is lost. The upload goes on when it is back."));
      return mayPass(error);
    },
    onError: (/** @type {any} */ error) => explain(current(), error),
    onSuccess: () => { done(); return finish(form); },
  });
  const [earlier] = await upload.findPreviousUploads();
  if (earlier) upload.resumeFromPreviousUpload(earlier);
  return upload;
}

/**
 * Return a digest that recognises the file after a reload; its name is not stored. Without a secure
 * connection there is none.
 * @param {File} file @param {string} place
 */
async function fingerprint(file, place) {
  if (!globalThis.crypto?.subtle) return null;
  const facts = JSON.stringify([place, file.name, file.size, file.lastModified]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(facts)));
  return `film-${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Throw where the server did not say how much of the file it has. The library would upload the file
 * again from its beginning; only a part that is gone is a reason for that.
 * @param {any} request @param {any} response
 */
function refuseNewStart(request, response) {
  const status = response.getStatus();
  if (request.getMethod() !== "HEAD" || (status >= 200 && status < 300) || [404, 410].includes(status)) return;
  throw Object.assign(new Error(`The upload answers ${status}.`), { status });
}

/** @param {any} error */
const statusOf = (error) => error?.originalResponse?.getStatus?.() ?? error?.causingError?.status ?? 0;

/** @param {any} error @returns {string} */
const bodyOf = (error) => error?.originalResponse?.getBody?.() ?? "";

/** Return whether a later try may succeed. @param {any} error */
const mayPass = (error) =>
  !isAnotherPerson(error) && [0, 408, 409, 423, 429, 500, 502, 503, 504].includes(statusOf(error));

/**
 * Return whether someone else is signed in now. An answer to HEAD has no body, and no other reason
 * for 409; a piece at a wrong offset is answered 409 without this code.
 * @param {any} error
 */
function isAnotherPerson(error) {
  if (statusOf(error) !== 409) return false;
  return error.originalRequest?.getMethod() === "HEAD" || bodyOf(error).includes('"another_person"');
}

/** @param {Transfer} transfer */
async function resume(transfer) {
  const { form, upload } = transfer;
  transfer.running = true;
  form.setAttribute("aria-busy", "true");
  hide(form, false);
  label(form, PAUSE);
  say(form, t("Uploading. Keep this page open."));
  upload.start();
}

/** @param {Transfer} transfer @param {string} words */
async function pause(transfer, words) {
  transfer.running = false;
  label(transfer.form, RESUME);
  say(transfer.form, words);
  await transfer.upload.abort();
}

/** @param {Transfer} transfer */
async function restart(transfer) {
  await transfer.upload.abort();
  await resume(transfer);
}

/** @param {Transfer} transfer */
async function cancel(transfer) {
  const { form, upload } = transfer;
  transfer.running = false;
  try {
    await upload.abort(true);
  } catch { /* The server deletes it after a week. */ }
  form.removeAttribute("aria-busy");
  hide(form, true);
  announce(t("Upload cancelled"));
}

/**
 * Stop an upload whose controls have left the page: it could not be paused any more. The new page
 * says how much of the file is here.
 * @param {Transfer} transfer
 */
async function leave(transfer) {
  if (transfer.running) toast(t("The upload was paused because this page changed. Select the same file again and press “Upload video” to continue."));
  transfer.running = false;
  await transfer.upload.abort();
}

/** @param {HTMLElement} form @param {boolean} idle */
function hide(form, idle) {
  const [live, start] = [part(form, "live"), part(form, "start")];
  if (live) live.hidden = idle;
  if (start) start.hidden = !idle;
}

/** @param {HTMLElement} form @param {string} words */
function label(form, words) {
  const button = part(form, "pause");
  if (button) button.textContent = words;
}

/** @param {HTMLElement} form @param {string} words */
function say(form, words) {
  const line = part(form, "words");
  if (line && line.textContent !== words) line.textContent = words;
}

/** @param {Transfer | undefined} transfer @param {number} sent */
function show(transfer, sent) {
  if (!transfer?.running) return;
  const { form, file } = transfer;
  const percent = Math.floor(100 * sent / file.size);
  const [bar, count] = [one("progress", form), part(form, "count")];
  bar?.setAttribute("value", String(percent));
  if (count) count.textContent = t("{percent} %, {sent} of {all} MB", { percent, sent: num(Math.floor(sent / MB)), all: num(Math.ceil(file.size / MB)) });
  // A piece that is sent again does not show that the line is back.
  if (sent > transfer.most) say(form, t("Uploading. Keep this page open."));
  transfer.most = Math.max(sent, transfer.most);
}

/** Say what stopped the upload; it can be resumed. @param {Transfer | undefined} transfer @param {any} error */
async function explain(transfer, error) {
  if (!transfer) return;
  const status = statusOf(error);
  if (status === 401 && await signInAgain() === "back") return transfer.running ? resume(transfer) : undefined;
  const body = bodyOf(error);
  const told = [413, 507].includes(status) && body && !body.startsWith("<") ? body : undefined;
  if (isAnotherPerson(error)) tellOther();
  return pause(transfer, told ?? trouble({ kind: kindOf(error), status }));
}

/** @param {any} error @returns {import("../../lib/send.js").Kind} */
function kindOf(error) {
  if (isAnotherPerson(error)) return "another_person";
  if (statusOf(error) === 401) return "signed_out";
  return mayPass(error) ? "offline" : "broken";
}

/** @param {HTMLElement} form */
async function finish(form) {
  form.removeAttribute("aria-busy");
  hide(form, true);
  /** @type {HTMLFormElement} */ (form).reset();
  await swap(form.dataset.status ?? "", { method: "GET", repeat: true }, [STATUS]);
  one(`#${STATUS}`)?.focus();
}
