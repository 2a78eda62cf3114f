// @ts-check
/** Small ways to reach the page: find, say aloud, remember. */

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
export const one = (selector, root = document) => root.querySelector(selector);

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/**
 * Tells a screen reader something without moving the focus.
 * @param {string} text
 */
export function announce(text) {
  const region = one("[data-announce]");
  if (region) region.textContent = text;
}

/** @param {string} text @param {{label: string, act: () => void}} [action] */
export function toast(text, action) {
  document.dispatchEvent(new CustomEvent("attune:toast", { detail: { text, action } }));
}

/** The dialogue in a template, put at the end of the page. @param {HTMLElement | null} template */
export function dialogFrom(template) {
  const copy = template instanceof HTMLTemplateElement && template.content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLDialogElement)) return undefined;
  document.body.append(copy);
  return copy;
}

/** A setting of this browser, or the fallback where storage is closed. @param {string} name @param {string} fallback */
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
    // Storage may be closed (private windows): the setting then lasts as long as the page.
  }
}

/** Does this when the key for it is pressed. @param {string} action @param {() => void} act @param {AbortSignal} signal */
export function onKey(action, act, signal) {
  document.addEventListener("attune:key", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.action !== action) return;
    event.preventDefault();
    act();
  }, { signal });
}

/** The word that a form of this page sends along, for a script that sends one. */
export function csrf() {
  return /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}
