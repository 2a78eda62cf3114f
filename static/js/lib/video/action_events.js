// @ts-check
/**
 * What a person does with a video: play, pause, ended, a new rate and jumps, each reported once.
 *
 * A video that loads again, in another size, dispatches some of these events too: it sets its rate,
 * plays on and goes back to its place. The person did none of that, so only a change counts.
 */
import { jumps } from "./seek_events.js";

/**
 * @param {HTMLVideoElement} video @param {number} begin initial position
 * @param {(name: string, value: number) => void} tell @param {AbortSignal} signal
 */
export function actionsOf(video, begin, tell, signal) {
  let [playing, rate] = [!video.paused, 1];
  const when = (/** @type {string} */ name, /** @type {() => void} */ act) => video.addEventListener(name, act, { signal });
  when("play", () => {
    if (!playing) tell("play", video.currentTime);
    playing = true;
  });
  for (const name of ["pause", "ended"]) {
    when(name, () => {
      playing = false;
      tell(name, video.currentTime);
    });
  }
  // Loading pauses without an event; a change of size plays on at once.
  when("emptied", () => { playing &&= !video.paused; });
  when("ratechange", () => {
    if (video.playbackRate !== rate) tell("rate", video.playbackRate);
    rate = video.playbackRate;
  });
  jumps(video, begin, (seconds) => tell("seek", seconds), signal);
}
