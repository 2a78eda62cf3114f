// @ts-check
/**
 * The dialogue of an ended session.
 *
 * The sign-in opens in its own tab, so that passwords, second factors and delays after failures
 * work there as always. This page notices when it is done and continues, but only for the same
 * person.
 */
import { all, dialogFrom, one, toast } from "../dom.js";
import { askSession, signInAgain } from "./session.js";
import { t } from "../i18n.js";

const LOG_IN = "/accounts/login/";
const LOOK_MS = 3000;
/** A signal may arrive before the new session can be read. */
const SOON_MS = 150;

/**
 * Handle an ended session, and a sign-in or sign-out in another tab.
 * @param {HTMLElement} template @param {AbortSignal} signal
 */
export function dialogue(template, signal) {
  /** @type {((decision: import("./session.js").Decision) => void) | undefined} */
  let decide;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let looking;
  /** @type {HTMLDialogElement | undefined} */
  let dialog;
  const close = (/** @type {import("./session.js").Decision} */ decision) => {
    clearInterval(looking);
    dialog?.remove();
    dialog = undefined;
    decide?.(decision);
    decide = undefined;
  };
  const later = () => {
    close("later");
    toast(t("You are signed out. Nothing more is being saved."), { label: t("Sign in again"), act: () => void signInAgain() });
  };
  const show = () => { dialog ??= opened(template, later, signal); };
  const other = () => { show(); if (dialog) showOther(dialog); };
  const look = async () => {
    if (!decide) return;
    const standing = await askSession();
    if (!decide) return;
    if (standing === "other") other();
    if (standing === "same") close("back");
  };
  const ended = (/** @type {(decision: import("./session.js").Decision) => void} */ decided) => {
    decide = decided;
    looking = setInterval(() => { if (!document.hidden) void look(); }, LOOK_MS);
    show();
  };
  for (const name of ["focus", "visibilitychange"]) addEventListener(name, () => void look(), { signal });
  signal.addEventListener("abort", () => clearInterval(looking));
  const otherTab = (/** @type {string} */ type) => void (type === "signed_out" ? leave(LOG_IN) : setTimeout(look, SOON_MS));
  return { ended, other, otherTab };
}

/** @param {HTMLElement} template @param {() => void} later @param {AbortSignal} signal */
function opened(template, later, signal) {
  const dialog = dialogFrom(template);
  if (!dialog) return undefined;
  one("[data-again-later]", dialog)?.addEventListener("click", later, { signal });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!isOther(dialog)) later();
  }, { signal });
  one("[data-again-reload]", dialog)?.addEventListener("click", () => void leave("/"), { signal });
  open(dialog);
  return dialog;
}

/** @param {HTMLDialogElement} dialog */
function open(dialog) {
  if (!dialog.open) dialog.showModal();
  one("h2", dialog)?.focus();
}

/** @param {HTMLElement} dialog */
const isOther = (dialog) => one('[data-again="ended"]', dialog)?.hidden === true;

/** @param {HTMLDialogElement} dialog */
function showOther(dialog) {
  for (const part of all("[data-again]", dialog)) part.hidden = part.dataset.again !== "other";
  for (const name of ["sign-in", "later"]) {
    const part = one(`[data-again-${name}]`, dialog);
    if (part) part.hidden = true;
  }
  const reload = one("[data-again-reload]", dialog);
  if (reload) reload.hidden = false;
  dialog.setAttribute("aria-describedby", "again-other");
  open(dialog);
}

/** Delete the first person's texts before another person sees the page. @param {string} to */
async function leave(to) {
  document.dispatchEvent(new CustomEvent("attune:leaving"));
  // The page is left even if this fails.
  await import("./own_storage.js").then(({ forgetPerson }) => forgetPerson()).catch(() => {});
  location.replace(to);
}
