// @ts-check
/**
 * The texts of scripts, in the language of the page.
 *
 * The page contains the catalogue as `#page-words`; the source language and workers need none.
 * Texts may be translated while a module loads.
 * @typedef {{plural: string, words: Record<string, string | string[]>}} Catalogue
 */

const ORDER = ["zero", "one", "two", "few", "many", "other"];
const SOURCE = { plural: "en", words: {} };
/** @type {Catalogue | undefined} */
let catalogue;

/** @returns {Catalogue} */
function known() {
  if (!catalogue) {
    const held = globalThis.document?.getElementById?.("page-words");
    catalogue = held?.textContent ? JSON.parse(held.textContent) : SOURCE;
  }
  return /** @type {Catalogue} */ (catalogue);
}

/** Use another catalogue than the page's, for tests. @param {Catalogue} [given] */
export const speak = (given) => { catalogue = given; };

/** Return the language as a BCP 47 tag. @returns {string} */
export const spoken = () => globalThis.document?.documentElement?.lang || SOURCE.plural;

/**
 * Format a number in the page's language.
 * @param {number} value
 * @param {number} [digits] digits after the decimal mark; by default as many as there are
 */
export function num(value, digits) {
  const form = { useGrouping: false, minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 20 };
  return new Intl.NumberFormat(spoken(), form).format(value);
}

/** @param {string} text @param {Record<string, string | number>} values */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => {
  const value = values[name];
  return typeof value === "number" ? num(value) : value ?? whole;
});

/**
 * Translate a text: `t("{n} of {total}", { n, total })`.
 * @param {string} source @param {Record<string, string | number>} [values]
 */
export function t(source, values = {}) {
  const held = known().words[source];
  return filled((Array.isArray(held) ? held[0] : held) ?? source, values);
}

/**
 * Translate singular or plural; `{n}` is the number.
 * @param {string} single @param {string} several @param {number} n
 * @param {Record<string, string | number>} [values]
 */
export function tn(single, several, n, values = {}) {
  const { plural, words } = known();
  const held = words[single];
  const forms = Array.isArray(held) ? held : [single, several];
  const rules = new Intl.PluralRules(Array.isArray(held) ? plural : SOURCE.plural);
  const { pluralCategories } = rules.resolvedOptions();
  const place = ORDER.filter((one) => pluralCategories.includes(/** @type {any} */ (one))).indexOf(rules.select(n));
  return filled(forms[Math.min(place, forms.length - 1)], { n, ...values });
}
