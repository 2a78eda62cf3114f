// @ts-check
/**
 * Chapters and questions at a time of a video.
 * @typedef {{start: number, end: number, title: string}} Chapter
 */

const SEEK_S = 4;
const LEFT_S = 1.5;

/** @param {Chapter[]} chapters @param {number} seconds @returns {Chapter | undefined} */
export const chapterAt = (chapters, seconds) =>
  chapters.find((chapter) => seconds >= chapter.start && seconds < chapter.end) ?? chapters.at(-1);

/**
 * Return the share of a chapter that lies before `seconds`.
 * @param {Chapter} chapter @param {number} seconds
 */
export function played(chapter, seconds) {
  const length = chapter.end - chapter.start;
  if (length <= 0) return 0;
  return Math.min(1, Math.max(0, (seconds - chapter.start) / length));
}

/**
 * Return the start of the chapter before or after `seconds`. The first three seconds of a chapter
 * count as its start, so that going back twice leaves it.
 * @param {Chapter[]} chapters @param {number} seconds @param {1 | -1} direction
 */
export function neighbour(chapters, seconds, direction) {
  const starts = chapters.map((chapter) => chapter.start);
  if (direction > 0) return starts.find((start) => start > seconds) ?? chapters.at(-1)?.end ?? 0;
  return starts.filter((start) => start < seconds - 3).at(-1) ?? 0;
}

/**
 * Return the questions that playback has just passed, in order. A jump of more than four seconds is
 * a seek and passes none (a page in the background reports the time once a second, at double
 * speed).
 * @template {{time: number, done: boolean}} Q
 * @param {Q[]} questions @param {number} before @param {number} now @returns {Q[]}
 */
export function questionsPassed(questions, before, now) {
  if (!(now - before <= SEEK_S)) return [];
  return questions
    .filter((q) => !q.done && before < q.time && q.time <= now)
    .sort((one, other) => one.time - other.time);
}

/**
 * Return the questions at which playback was when the page was left: those not done, just before.
 * @template {{time: number, done: boolean}} Q
 * @param {Q[]} questions @param {number} now @returns {Q[]}
 */
export const questionsLeft = (questions, now) => questionsPassed(questions, now - LEFT_S, now);
