// @ts-check
/** Single-letter keys: turns a key into `attune:key`, and shows the list of keys; the focus is seen. */
import { actionOf } from "../../lib/keymap.js";
import { all, one, recall, remember } from "../../lib/dom.js";

/** @param {HTMLElement} body @param {AbortSignal} signal */
export function connect(body, signal) {
  showFocusedLink(body, signal);
  const dialog = /** @type {HTMLDialogElement | null} */ (one("[data-keys]"));
  const box = /** @type {HTMLInputElement | null} */ (one("[data-keys-switch]"));
  if (!dialog || !box) return;
  box.checked = recall("keys", "on") === "on";
  box.addEventListener("change", () => remember("keys", box.checked ? "on" : "off"), { signal });
  const show = () => dialog.open || dialog.showModal();
  body.addEventListener("keydown", (event) => {
    const action = actionOf(event, box.checked);
    if (!action || event.repeat || one("dialog[open]")) return;
    if (action === "keys") show();
    const taken = !document.dispatchEvent(
      new CustomEvent("attune:key", { detail: { action }, cancelable: true }),
    );
    if (taken || action === "keys") event.preventDefault();
  }, { signal });
  all("[data-keys-open]").forEach((button) => button.addEventListener("click", show, { signal }));
  closeMenus(body, signal);
}

/**
 * Scroll a row of links to the one with the focus: browsers leave what is partly visible.
 * @param {HTMLElement} body @param {AbortSignal} signal
 */
function showFocusedLink(body, signal) {
  body.addEventListener("focusin", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest(".subnav a, .bar nav a");
    link?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, { signal });
}

/**
 * Close menus on Escape and on a press elsewhere.
 * @param {HTMLElement} body @param {AbortSignal} signal
 */
function closeMenus(body, signal) {
  body.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => {
      if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
    });
  }, { signal });
  body.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" ? one("details.menu[open]") : null;
    if (!menu) return;
    menu.removeAttribute("open");
    one("summary", menu)?.focus();
  }, { signal });
}
