// @ts-check
/** The few moments at which the time left of a test is told aloud. */

const TOLD_S = [600, 300, 60];

/**
 * The last moment that passed between two looks at the clock, in seconds left; 0 for none.
 * @param {number} before @param {number} left @returns {number}
 */
export function momentPassed(before, left) {
  return TOLD_S.findLast((moment) => before > moment && left <= moment && left > 0) ?? 0;
}
