// @ts-check
/**
 * A question of a test: saves each answer as soon as it is given, and shows whether it is saved.
 */
import { announce, one } from "../../lib/dom.js";
import { send, trouble } from "../../lib/send.js";
import { registerUnsent } from "../../lib/session/unsent_answers.js";
import { t } from "../../lib/i18n.js";

const TYPING_MS = 700;
const LATER_MS = 5000;

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  const said = one("[data-kept]", form);
  const began = performance.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let [waiting, missed] = [false, false];
  // One request after another, so that an older answer never arrives after a newer one.
  let [flying, sent] = [0, Promise.resolve()];
  const tell = (/** @type {string} */ text) => {
    if (said) said.textContent = text;
  };
  /** @param {FormData} body @param {boolean} leaving */
  const store = async (body, leaving) => {
    const outcome = await send(form.action, { body, expects: "json", keepalive: true, quiet: leaving });
    flying -= 1;
    missed = outcome.kind === "signed_out";
    if (outcome.kind === "conflict") conflict(form, tell, outcome.data ?? {});
    else if (outcome.status === 422) refuse(tell, trouble(outcome));
    else if (outcome.kind === "done") {
      const { stamp: kept, note } = outcome.data;
      put(form, "stamp", kept);
      // What was typed meanwhile is sent next.
      if (!waiting && !flying) tell([t("Saved."), note].filter(Boolean).join(" "));
      if (note) announce(note);
    } else {
      tell(outcome.kind === "offline" ? t("Not saved yet: you are offline. Saving is tried again automatically, and when you continue.")
        : t("Not saved yet. {why}", { why: trouble(outcome) }));
      // A person who does not want to sign in now is not asked again every five seconds.
      if (outcome.kind !== "signed_out") soon(LATER_MS);
    }
  };
  const keep = (leaving = false) => {
    clearTimeout(timer);
    if (!waiting) return;
    waiting = false;
    put(form, "elapsed_ms", Math.round(performance.now() - began));
    const data = new FormData(form);
    data.append("stay", "1");
    // The previous answer may still be in flight: name its stamp.
    const next = () => {
      data.set("stamp", /** @type {HTMLInputElement} */ (one('input[name="stamp"]', form)).value);
      return store(data, leaving);
    };
    sent = flying++ ? sent.then(next) : next();
  };
  /** @param {number} ms */
  const soon = (ms) => {
    waiting = true;
    clearTimeout(timer);
    timer = setTimeout(() => keep(), ms);
  };
  form.addEventListener("input", () => {
    if (said?.textContent?.startsWith(t("Saved."))) tell(t("Not saved yet."));
    soon(TYPING_MS);
  }, { signal });
  form.addEventListener("change", () => soon(0), { signal });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    waiting = false;
    put(form, "elapsed_ms", Math.round(performance.now() - began));
    if (!flying) return;
    event.preventDefault();
    sent.then(() => form.requestSubmit(event.submitter));
  }, { signal });
  document.addEventListener("attune:time-over", () => keep(), { signal });
  // A request that waits for the dialogue is repeated by itself; a second one would be out of date.
  document.addEventListener("attune:signed-in", () => { if (missed && !flying) soon(0); }, { signal });
  addEventListener("pagehide", () => keep(true), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  registerUnsent({ count: () => Number(waiting || flying > 0), send: () => { keep(); return sent; } }, signal);
  // Answers given before this script was loaded.
  if (isChanged(form)) soon(0);
}

/** @param {HTMLFormElement} form */
function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLSelectElement) {
      return [...field.options].some((option) => option.selected !== option.defaultSelected);
    }
    if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
    if (!(field instanceof HTMLInputElement) || field.type === "hidden") return false;
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  });
}

/** @param {HTMLFormElement} form @param {string} name @param {unknown} value */
function put(form, name, value) {
  const field = /** @type {HTMLInputElement | null} */ (one(`input[name="${name}"]`, form));
  if (field) field.value = String(value);
}

/**
 * Handle the end of the test, or another answer saved in another tab: what is typed here stays, and
 * replaces that answer only when it is sent again.
 * @param {HTMLFormElement} form @param {(text: string) => void} tell
 * @param {{code: string, detail?: string, stamp?: number}} why
 */
function conflict(form, tell, why) {
  if (why.code === "over") return location.assign(form.dataset.over ?? "");
  put(form, "stamp", why.stamp);
  const newer = one("[data-newer]", form);
  if (newer) newer.hidden = false;
  tell(why.detail ?? "");
  announce(why.detail ?? "");
}

/** @param {(text: string) => void} tell @param {string} why */
function refuse(tell, why) {
  const words = t("Not saved yet. {why}", { why });
  tell(words);
  announce(words);
}
