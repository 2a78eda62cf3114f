// @ts-check
/** Search in a transcript: ignores case and accents, so that "solucion" finds "solución". */

/** @param {string} text */
export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** @param {string[]} sentences @param {string} query @returns {number[]} indices that match */
export function matches(sentences, query) {
  const wanted = fold(query.trim());
  if (!wanted) return [];
  return sentences.flatMap((sentence, index) => (fold(sentence).includes(wanted) ? [index] : []));
}

/**
 * Return the place after `current`, wrapping at the end.
 * @param {number} count @param {number} current @param {1 | -1} step
 */
export const around = (count, current, step) => (count ? (current + step + count) % count : -1);
