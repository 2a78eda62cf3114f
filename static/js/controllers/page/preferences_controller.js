// @ts-check
/**
 * Colours, motion and single-letter keys: selected here, stored in this browser, effective at once.
 */
import { all, announce, one, recall, remember } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  /** @type {HTMLElement} */ (one("[data-preferences]", root)).hidden = false;
  /** @type {HTMLElement} */ (one("[data-needs-scripts]", root)).hidden = true;
  const look = document.documentElement.dataset;
  const themes = /** @type {HTMLInputElement[]} */ (all("[name=theme]", root));
  for (const choice of themes) {
    choice.checked = choice.value === recall("theme", "system");
    choice.addEventListener("change", () => keep("theme", choice.value, () => {
      if (choice.value === "system") delete look.theme;
      else look.theme = choice.value;
    }), { signal });
  }
  box(root, "motion", ["less", "system"], "system", (less) => {
    if (less) look.motion = "less";
    else delete look.motion;
  }, signal);
  box(root, "keys", ["on", "off"], "on", (on) => {
    const listed = /** @type {HTMLInputElement | null} */ (one("[data-keys-switch]"));
    if (listed) listed.checked = on;
  }, signal);
  one("[data-keys-switch]")?.addEventListener("change", (event) => {
    const { checked } = /** @type {HTMLInputElement} */ (event.target);
    /** @type {HTMLInputElement} */ (one("[name=keys]", root)).checked = checked;
  }, { signal });
}

/**
 * @param {HTMLElement} root @param {string} name
 * @param {[string, string]} words for checked and not checked @param {string} usual
 * @param {(on: boolean) => void} act @param {AbortSignal} signal
 */
function box(root, name, words, usual, act, signal) {
  const field = /** @type {HTMLInputElement} */ (one(`[name=${name}]`, root));
  field.checked = recall(name, usual) === words[0];
  field.addEventListener("change", () => {
    keep(name, field.checked ? words[0] : words[1], () => act(field.checked));
  }, { signal });
}

/** @param {string} name @param {string} word @param {() => void} act */
function keep(name, word, act) {
  remember(name, word);
  act();
  announce(t("Saved in this browser until you sign out."));
}
