// @ts-check
/**
 * A form for a text: its draft survives a reload, and a text that could not be sent stays, with
 * advice. Without JavaScript it is a plain form.
 */
import { keepDraft, recallDraft } from "../../lib/session/drafts.js";
import { all, announce, one } from "../../lib/dom.js";
import { clearProblem, complain } from "../../lib/form_error.js";
import { send, trouble } from "../../lib/send.js";
import { putParts, requestOf } from "../../lib/swap.js";
import { t } from "../../lib/i18n.js";

const OFFLINE = t("Not sent: you are offline. Your text is still here. Try again when you are back online.");
const BROKEN = t("Not sent: something went wrong on our side. Your text is still here. Try again in a moment.");
const REFUSED = t("Not sent. Your text is still here. Copy it, reload the page, and try again.");
/** @type {Record<string, string>} */
const WHY = { offline: OFFLINE, broken: BROKEN };

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  restore(form);
  form.addEventListener("input", () => keepDraft(store(), draftOf(form), valuesOf(form)), { signal });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void post(form, event.submitter);
  }, { signal });
}

/**
 * A text that the server returned for correction has precedence over a draft.
 * @param {HTMLFormElement} form
 */
function restore(form) {
  if (one("[data-problem]", form)) return;
  const draft = recallDraft(store(), draftOf(form));
  for (const field of fieldsOf(form)) if (draft[field.name]) field.value = draft[field.name];
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function post(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const [url, request] = requestOf(form, submitter);
  const outcome = await send(url, { ...request, expects: "page" });
  form.removeAttribute("aria-busy");
  if (outcome.kind === "done" && outcome.page) sent(form, outcome.page, outcome.url ?? "");
  else complain(form, WHY[outcome.kind] ?? (outcome.page ? said(outcome.page) : trouble(outcome)));
}

/** @param {HTMLFormElement} form @param {Document} page @param {string} url */
function sent(form, page, url) {
  keepDraft(store(), draftOf(form), {});
  if (!form.dataset.swap) {
    location.assign(url);
    return;
  }
  const made = idOf(form);
  putParts(page, form.dataset.swap.split(" "));
  clearProblem(form);
  for (const field of fieldsOf(form)) field.value = "";
  const [next, fresh] = [one("[name=id]", form), one("form.compose [name=id]", page)];
  if (next && fresh) next.setAttribute("value", fresh.getAttribute("value") ?? "");
  document.getElementById(`p-${made}`)?.scrollIntoView({ block: "nearest" });
  announce(t("Posted."));
}

/** @param {HTMLFormElement} form */
const idOf = (form) => one("[name=id]", form)?.getAttribute("value") ?? "";

/** Return the server's reason for a refusal. @param {Document} page */
function said(page) {
  const why = one("[data-problem]", page) ?? one("[data-said]", page);
  return why?.textContent?.trim() || REFUSED;
}

/** @param {HTMLFormElement} form @returns {Field[]} */
const fieldsOf = (form) => /** @type {Field[]} */ (all("input:not([type=hidden]), textarea", form));

/** @param {HTMLFormElement} form */
const valuesOf = (form) => Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));

/** @param {HTMLFormElement} form */
const draftOf = (form) => form.dataset.draft ?? "";

function store() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
