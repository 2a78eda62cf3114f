// @ts-check
/** Small helpers for the page: find, announce, remember. */

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
export const one = (selector, root = document) => root.querySelector(selector);

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Announce a text to screen readers without moving the focus. @param {string} text */
export function announce(text) {
  const region = one("[data-announce]");
  if (region) region.textContent = text;
}

/** @param {string} text @param {{label: string, act: () => void}} [action] */
export function toast(text, action) {
  document.dispatchEvent(new CustomEvent("attune:toast", { detail: { text, action } }));
}

/**
 * Append the dialogue of a template to the page and return it.
 * @param {HTMLElement | null} template
 */
export function dialogFrom(template) {
  const copy = template instanceof HTMLTemplateElement && template.content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLDialogElement)) return undefined;
  document.body.append(copy);
  return copy;
}

/**
 * Return a setting of this browser, or the fallback where storage is blocked.
 * @param {string} name @param {string} fallback
 */
export function recall(name, fallback) {
  try {
    return localStorage.getItem(`attune.${name}`) ?? fallback;
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`attune.${name}`, value);
  } catch {
    // Storage may be blocked (private windows): the setting then lasts as long as the page.
  }
}

/**
 * Call `act` when the key for `action` is pressed.
 * @param {string} action @param {() => void} act @param {AbortSignal} signal
 */
export function onKey(action, act, signal) {
  document.addEventListener("attune:key", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.action !== action) return;
    event.preventDefault();
    act();
  }, { signal });
}

/** Return the CSRF token of this page's forms, for requests by scripts. */
export function csrf() {
  return /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}
