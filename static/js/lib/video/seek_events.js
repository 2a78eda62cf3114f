// @ts-check
/**
 * Jumps in a video: a drag or a held key counts as one, reported by its distance; backwards is
 * negative.
 */

/** Jumps closer together than this are one. */
export const SETTLES_MS = 400;
const LEAST_S = 0.5;

/**
 * @param {HTMLVideoElement} video @param {number} begin initial position: going there is no jump
 * @param {(seconds: number) => void} tell @param {AbortSignal} signal @param {number} [settlesMs]
 */
export function jumps(video, begin, tell, signal, settlesMs = SETTLES_MS) {
  let [from, jumping, loading, timer] = [begin, false, false, /** @type {any} */ (0)];
  // A browser reports the new time once more before `seeked`: from `seeking` on, no reading counts
  // as a position reached by playing.
  video.addEventListener("seeking", () => { jumping = true; clearTimeout(timer); }, { signal });
  // A video that loads again is at 0 until it is back at its place.
  video.addEventListener("emptied", () => { loading = true; }, { signal });
  video.addEventListener("playing", () => { loading = false; }, { signal });
  video.addEventListener("timeupdate", () => { if (!jumping && !loading) from = video.currentTime; }, { signal });
  video.addEventListener("seeked", () => {
    const to = video.currentTime;
    loading = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (Math.abs(to - from) > LEAST_S) tell(to - from);
      [from, jumping] = [loading ? to : video.currentTime, false];
    }, settlesMs);
  }, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
