// @ts-check
/**
 * The consent form: each checkbox becomes a switch.
 *
 * Switching on waits for "Save my choices"; switching off takes effect at once. Class picture and
 * research need "Help for me" first. Without JavaScript the checkboxes and the button do the same.
 */
import { INSECURE } from "../../lib/sensing/sensing_indicator.js";
import { all, announce, one } from "../../lib/dom.js";
import { withdraw } from "../../lib/sensing/withdraw_consent.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (globalThis.isSecureContext === false) form.prepend(warned());
  for (const row of all("[data-consent-row]", form)) {
    const boxes = /** @type {HTMLInputElement[]} */ (all("input[type=checkbox]", row));
    boxes.forEach((box) => replace(form, box, boxes, signal));
    show(form, boxes);
  }
}

function warned() {
  const words = document.createElement("p");
  words.className = "quiet";
  words.textContent = INSECURE;
  return words;
}

/**
 * Compute the effect of a press: which boxes change, and whether it must be sent at once.
 * @param {{checked: boolean, disabled: boolean, leans: boolean, saved: boolean}[]} boxes
 * @param {number} pressed
 */
export function press(boxes, pressed) {
  const after = boxes.map((box) => ({ ...box }));
  const target = after[pressed];
  if (target.disabled || (target.leans && !after[0].checked)) return { boxes: after, off: [] };
  target.checked = !target.checked;
  const falling = target.checked ? [] : [pressed];
  if (!target.checked && !target.leans) {
    after.forEach((box, index) => {
      if (box.leans && box.checked) falling.push(index);
      if (box.leans) box.checked = false;
    });
  }
  return { boxes: after, off: falling.filter((index) => boxes[index].saved) };
}

/** @param {HTMLElement} form @param {HTMLInputElement} box @param {HTMLInputElement[]} boxes @param {AbortSignal} signal */
function replace(form, box, boxes, signal) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sw";
  button.setAttribute("role", "switch");
  button.setAttribute("aria-label", box.getAttribute("aria-label") ?? "");
  button.append(document.createElement("i"));
  box.hidden = true;
  box.before(button);
  button.addEventListener("click", () => pressed(form, box, boxes), { signal });
}

/** @param {HTMLElement} form @param {HTMLInputElement} box @param {HTMLInputElement[]} boxes */
async function pressed(form, box, boxes) {
  const before = boxes.map(state);
  const { boxes: after, off } = press(before, boxes.indexOf(box));
  put(boxes, after);
  show(form, boxes);
  if (off.length === 0) return;
  const done = await withdraw(off.map((index) => boxes[index].value));
  if (done) off.forEach((index) => delete boxes[index].dataset.saved);
  else put(boxes, before);
  show(form, boxes);
}

/** @param {HTMLInputElement} box */
const state = (box) => ({
  checked: box.checked,
  disabled: box.disabled,
  leans: "leans" in box.dataset,
  saved: "saved" in box.dataset,
});

/** @param {HTMLInputElement[]} boxes @param {{checked: boolean}[]} states */
function put(boxes, states) {
  boxes.forEach((box, index) => { box.checked = states[index].checked; });
}

/** @param {HTMLElement} form @param {HTMLInputElement[]} boxes */
function show(form, boxes) {
  const adapt = boxes[0].checked;
  for (const box of boxes) {
    const button = one("[role=switch]", /** @type {HTMLElement} */ (box.parentElement));
    if (!button) continue;
    const closed = box.disabled || ("leans" in box.dataset && !adapt);
    button.setAttribute("aria-checked", String(box.checked));
    if (closed) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    tell(box, adapt);
  }
  count(form);
}

/** @param {HTMLInputElement} box @param {boolean} adapt */
function tell(box, adapt) {
  const words = one(".st", /** @type {HTMLElement} */ (box.parentElement));
  if (words && !("waits" in box.dataset)) words.textContent = box.checked ? t("On") : t("Off");
  const hint = one(".hint", /** @type {HTMLElement} */ (box.closest(".cell")));
  if (!hint || box.disabled || !("leans" in box.dataset)) return;
  hint.textContent = adapt ? t("Optional") : t("Needs “Help for me”");
}

/** @param {number} on @param {number} waiting */
function told(on, waiting) {
  if (on) return waiting ? t("{on} switched on, {waiting} waiting.", { on, waiting }) : t("{on} switched on.", { on });
  return waiting ? t("Nothing is switched on, {waiting} waiting.", { waiting }) : t("Nothing is switched on.");
}

/** @param {HTMLElement} form */
function count(form) {
  const boxes = /** @type {HTMLInputElement[]} */ (all("input[type=checkbox]", form));
  const on = boxes.filter((box) => box.checked).length;
  const waiting = boxes.filter((box) => "waits" in box.dataset).length;
  const text = told(on, waiting);
  const stale = all("[data-consent-count]").filter((region) => region.textContent !== text);
  if (stale.length === 0) return;
  stale.forEach((region) => { region.textContent = text; });
  announce(text);
}
