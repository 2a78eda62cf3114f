// @ts-check
/** The number of words of an essay, while it is written. It changes nothing in the text. */
import { one } from "../../lib/dom.js";
import { tn } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const [field, shown] = [one("textarea", root), one("[data-count]", root)];
  if (!(field instanceof HTMLTextAreaElement) || !shown) return;
  const show = () => {
    const words = countWords(field.value);
    shown.textContent = tn("{n} word", "{n} words", words, { n: words });
  };
  field.addEventListener("input", show, { signal });
  show();
}

/** Count what blanks separate, as the server does. @param {string} text */
export const countWords = (text) => text.split(/\s+/u).filter(Boolean).length;
