// @ts-check
/**
 * Single-letter keys of a page (WCAG 2.1.4): never inside a field, never with a modifier,
 * switchable.
 */

/** @type {Record<string, string>} */
const ACTIONS = {
  k: "play", j: "back", l: "forward", c: "captions", "<": "slower", ">": "faster",
  m: "sound", i: "aside", f: "fullscreen", p: "pause-sensing", s: "stuck", g: "got-it", h: "hint", "?": "keys",
};
const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);
/** Inputs that take no text: a letter typed on them is meant for the page. */
const MUTE = new Set(["radio", "checkbox", "button", "submit", "range"]);

/** @param {{tagName?: string, type?: string, isContentEditable?: boolean} | null} target */
export function takesText(target) {
  if (!target?.tagName) return false;
  if (target.isContentEditable) return true;
  return FIELDS.has(target.tagName) && !MUTE.has(target.type ?? "");
}

/**
 * Return the action of a key, or undefined.
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean, isComposing?: boolean, target?: any}} event
 * @param {boolean} on whether single-letter keys are switched on
 */
export function actionOf(event, on) {
  if (!on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  if (takesText(event.target ?? null)) return undefined;
  return ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
}
