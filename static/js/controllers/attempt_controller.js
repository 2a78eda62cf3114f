// @ts-check
/** A question of a test: keeps each answer as soon as it is given, and says whether it is kept. */
import { announce, one } from "../lib/page.js";
import { t } from "../lib/words.js";

const TYPING_MS = 700;
const LATER_MS = 5000;

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  const said = one("[data-kept]", form);
  const began = performance.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let waiting = false;
  // One after another, so that an older answer never comes in after a newer one.
  let [flying, sent] = [0, Promise.resolve()];
  const tell = (/** @type {string} */ text) => {
    if (said) said.textContent = text;
  };
  /** @param {FormData} data */
  const send = async (data) => {
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, keepalive: true });
      if (answer.status === 409) location.assign(form.dataset.over ?? "");
      else if (answer.status === 422) refuse(tell, await answer.text());
      else if (answer.ok) tell(t("Kept."));
      else throw new Error(`expected 204, got ${answer.status}`);
    } catch {
      tell(t("Not kept yet: no connection. It is tried again, and when you go on."));
      soon(LATER_MS);
    } finally {
      flying -= 1;
    }
  };
  const keep = () => {
    clearTimeout(timer);
    if (!waiting) return;
    waiting = false;
    stamp(form, began);
    const data = new FormData(form);
    data.append("stay", "1");
    sent = flying++ ? sent.then(() => send(data)) : send(data);
  };
  /** @param {number} ms */
  const soon = (ms) => {
    waiting = true;
    clearTimeout(timer);
    timer = setTimeout(keep, ms);
  };
  form.addEventListener("input", () => soon(TYPING_MS), { signal });
  form.addEventListener("change", () => soon(0), { signal });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    waiting = false;
    stamp(form, began);
    if (!flying) return;
    event.preventDefault();
    sent.then(() => form.requestSubmit(event.submitter));
  }, { signal });
  document.addEventListener("attune:time-over", keep, { signal });
  addEventListener("pagehide", keep, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  // What was given before this script was there.
  if (isChanged(form)) soon(0);
}

/** @param {HTMLFormElement} form */
function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLSelectElement) {
      return [...field.options].some((option) => option.selected !== option.defaultSelected);
    }
    if (!(field instanceof HTMLInputElement) || field.type === "hidden") return false;
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  });
}

/** @param {HTMLFormElement} form @param {number} began */
function stamp(form, began) {
  const field = /** @type {HTMLInputElement | null} */ (one('input[name="elapsed_ms"]', form));
  if (field) field.value = String(Math.round(performance.now() - began));
}

/** @param {(text: string) => void} tell @param {string} why */
function refuse(tell, why) {
  const words = t("Not kept yet. {why}", { why });
  tell(words);
  announce(words);
}
