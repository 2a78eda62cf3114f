// @ts-check
/**
 * Mentions in a text: what was typed after an @, matching names, and the text with a name inserted.
 */

export const MOST = 6;
const TYPED = /(?:^|[^\w@])@([^\n@]{0,40})$/u;

/**
 * Return the text between the last @ and the caret, or undefined.
 * @param {string} text @param {number} caret
 */
export function asked(text, caret) {
  return TYPED.exec(text.slice(0, caret))?.[1];
}

/** @param {string[]} names @param {string} typed */
export function fitting(names, typed) {
  const start = typed.toLocaleLowerCase();
  return names.filter((name) => name.toLocaleLowerCase().startsWith(start)).slice(0, MOST);
}

/**
 * Return the text and the caret after a name is inserted.
 * @param {string} text @param {number} caret @param {string} name @returns {[string, number]}
 */
export function taken(text, caret, name) {
  const typed = asked(text, caret) ?? "";
  const before = text.slice(0, caret - typed.length);
  return [`${before}${name} ${text.slice(caret)}`, before.length + name.length + 1];
}
