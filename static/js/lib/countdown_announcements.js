// @ts-check
/** The times at which the remaining time of a test is announced. */

const TOLD_S = [600, 300, 60];

/**
 * Return the last of these moments that passed between two readings of the clock, in seconds left;
 * 0 for none.
 * @param {number} before @param {number} left @returns {number}
 */
export function momentPassed(before, left) {
  return TOLD_S.findLast((moment) => before > moment && left <= moment && left > 0) ?? 0;
}
