// @ts-check
/**
 * Stores the position in a video and the stretches watched, every 15 seconds and on leaving the
 * page.
 */
import { send } from "../send.js";
import { add, continuous } from "./watched_ranges.js";

const EVERY_MS = 15_000;

/** @param {HTMLElement} root @param {HTMLVideoElement} video @param {AbortSignal} signal */
export function startKeeping(root, video, signal) {
  const url = root.dataset.keep ?? "";
  let [union, last, sent] = [/** @type {number[]} */ ([]), NaN, ""];
  video.addEventListener("timeupdate", () => {
    const now = video.currentTime;
    if (!video.seeking && continuous(last, now, video.playbackRate)) union = add(union, last, now);
    last = now;
  }, { signal });
  const keep = () => {
    const body = new URLSearchParams({
      watched: union.map((edge) => edge.toFixed(2)).join(","), at: video.currentTime.toFixed(2),
    });
    if (!union.length || body.toString() === sent) return;
    sent = body.toString();
    // keepalive lets the last request finish while the page closes; the next one makes up for a
    // lost one.
    void send(url, { body, keepalive: true, quiet: true }).then(({ kind }) => { if (kind !== "done") sent = ""; });
  };
  const timer = setInterval(keep, EVERY_MS);
  for (const name of ["pause", "ended"]) video.addEventListener(name, keep, { signal });
  addEventListener("pagehide", keep, { signal });
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    keep();
  });
}
