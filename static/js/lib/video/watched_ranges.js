// @ts-check
/**
 * The stretches of a video that were really played, as [from, to, from, to, …] in seconds.
 *
 * It is a union, so a skipped part does not count and a replay counts once.
 */

/** @param {number[]} union @param {number} from @param {number} to @returns {number[]} */
export function add(union, from, to) {
  if (!(to > from)) return union;
  const pairs = [[from, to]];
  for (let i = 0; i < union.length; i += 2) pairs.push([union[i], union[i + 1]]);
  pairs.sort((a, b) => a[0] - b[0]);
  const merged = [pairs[0]];
  for (const [start, end] of pairs.slice(1)) {
    const last = merged[merged.length - 1];
    if (start <= last[1] + 0.25) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged.flat();
}

/** @param {number[]} union @returns {number} seconds covered */
export const covered = (union) =>
  union.reduce((sum, edge, index) => sum + (index % 2 ? edge : -edge), 0);

/**
 * Return whether two readings of the clock belong to one stretch of play.
 * @param {number} before @param {number} now @param {number} rate
 */
export const continuous = (before, now, rate) => now > before && now - before <= 1.5 * Math.max(1, rate);
