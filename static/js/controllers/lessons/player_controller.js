// @ts-check
/**
 * Our controls over a native <video>: play, seek by chapter, speed, full screen, picture in
 * picture.
 *
 * They dispatch the time (`attune:time`), follow `attune:seek` and `attune:pace`, and report actions to
 * the sitting.
 * Without JavaScript the browser's own controls stay.
 */
import { sitting } from "../../telemetry/sitting.js";
import { clock } from "../../lib/video/duration_text.js";
import { all, announce, one, recall, remember, toast } from "../../lib/dom.js";
import { actionsOf } from "../../lib/video/action_events.js";
import { chaptersOf, drag, draw, keyTarget, lengthOf } from "../../lib/video/seek_bar.js";
import { startKeeping } from "../../lib/video/playback_position.js";
import { num, t } from "../../lib/i18n.js";

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const video = /** @type {HTMLVideoElement | null} */ (one("video", root));
  const bar = one("[data-position]", root);
  if (!video || !bar) return;
  const player = { root, video, bar, chapters: chaptersOf(bar), until: Infinity, signal };
  takeOver(player);
  buttons(player);
  position(player);
  pace(player);
  keys(player);
  reports(player);
  startKeeping(root, video, signal);
}

/**
 * @typedef {{root: HTMLElement, video: HTMLVideoElement, bar: HTMLElement, until: number,
 *   chapters: import("../../lib/video/chapters.js").Chapter[], signal: AbortSignal}} Player
 */

/** @param {Player} player */
function takeOver({ root, video, signal }) {
  video.controls = false;
  for (const part of all("[data-transport]", root)) part.hidden = false;
  setRate(root, video, Number(recall("rate", "1")));
  video.addEventListener("click", () => toggle(video), { signal });
  const failed = () => { const note = one("[data-failed]"); if (note) note.hidden = false; };
  video.addEventListener("error", failed, { signal });
  one("source", video)?.addEventListener("error", failed, { signal });
  one("[data-retry]")?.addEventListener("click", () => {
    /** @type {HTMLElement} */ (one("[data-failed]")).hidden = true;
    video.defaultPlaybackRate = video.playbackRate;
    video.load();
  }, { signal });
}

/** @param {HTMLVideoElement} video */
function toggle(video) {
  if (!video.paused) return video.pause();
  // A refused play (no gesture, no network) leaves the button as it is; `error` reports the rest.
  video.play().catch(() => undefined);
}

/** @param {Player} player @param {number} seconds */
function seek({ video, bar }, seconds) {
  if (!Number.isFinite(seconds)) return;
  video.currentTime = Math.min(lengthOf(video.duration, bar) || Infinity, Math.max(0, seconds));
}

/** @param {HTMLElement} root @param {HTMLVideoElement} video @param {number} rate */
function setRate(root, video, rate) {
  playAt(root, video, rate);
  remember("rate", String(video.playbackRate));
}

/** @param {HTMLElement} root @param {HTMLVideoElement} video @param {number} rate */
function playAt(root, video, rate) {
  video.playbackRate = RATES.includes(rate) ? rate : 1;
  const button = one('[data-do="rate"]', root);
  if (!button) return;
  const shown = `${num(video.playbackRate)}×`;
  button.textContent = shown;
  button.setAttribute("aria-label", t("{rate} speed", { rate: shown }));
}

/** @param {HTMLVideoElement} video @param {number} steps */
function nextRate(video, steps) {
  const at = RATES.indexOf(video.playbackRate) + steps;
  return RATES[Math.min(RATES.length - 1, Math.max(0, at))];
}

/** @param {Player} player @param {number} step */
function changeRate({ root, video }, step) {
  setRate(root, video, nextRate(video, step));
  announce(t("Speed {rate}", { rate: video.playbackRate }));
}

/** @param {Player} player @returns {Record<string, () => void>} */
function actions(player) {
  const { root, video } = player;
  return {
    play: () => toggle(video),
    back: () => seek(player, video.currentTime - 10),
    forward: () => seek(player, video.currentTime + 10),
    slower: () => changeRate(player, -1),
    faster: () => changeRate(player, 1),
    rate: () => setRate(root, video, RATES[(RATES.indexOf(video.playbackRate) + 1) % RATES.length]),
    aside: () => aside(video),
    fullscreen: () => fullscreen(root),
  };
}

/** @param {HTMLElement} root */
function fullscreen(root) {
  const change = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
  change.catch(() => announce(t("Full screen is not available here.")));
}

/** Toggle picture in picture. @param {HTMLVideoElement} video */
function aside(video) {
  const change = document.pictureInPictureElement
    ? document.exitPictureInPicture() : video.requestPictureInPicture?.();
  change?.catch(() => announce(t("Picture in picture is not available here.")));
}

/** @param {Player} player */
function buttons(player) {
  const { root, video, signal } = player;
  const acts = actions(player);
  all("[data-do]", root).forEach((button) => {
    button.addEventListener("click", () => acts[button.dataset.do ?? ""]?.(), { signal });
  });
  const play = /** @type {HTMLElement} */ (one('[data-do="play"]', root));
  const show = () => {
    play.setAttribute("aria-label", video.paused ? t("Play") : t("Pause"));
    root.dataset.playing = String(!video.paused);
  };
  for (const name of ["play", "pause", "ended"]) video.addEventListener(name, show, { signal });
  const small = one('[data-do="aside"]', root);
  if (small) small.hidden = !document.pictureInPictureEnabled;
}

/** @param {Player} player */
function position(player) {
  const { root, video, bar, chapters, signal } = player;
  const duration = () => lengthOf(video.duration, bar);
  const show = () => {
    draw(bar, chapters, video.currentTime, duration());
    /** @type {HTMLElement} */ (one("[data-now]", root)).textContent = clock(video.currentTime);
    stopAt(player);
    document.dispatchEvent(
      new CustomEvent("attune:time", { detail: { seconds: video.currentTime, playing: !video.paused } }),
    );
  };
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) {
    video.addEventListener(name, show, { signal });
  }
  if (video.readyState > 0) show();
  bar.addEventListener("keydown", (event) => {
    const target = keyTarget(event.key, video.currentTime, duration(), chapters);
    if (target === undefined) return;
    event.preventDefault();
    seek(player, target);
  }, { signal });
  drag(bar, (share) => seek(player, share * duration()), signal);
  document.addEventListener("attune:seek", (event) => obey(player, /** @type {CustomEvent} */ (event).detail), { signal });
}

/** @param {Player} player @param {{seconds: number, until?: number, play?: boolean, pause?: boolean}} wish */
function obey(player, wish) {
  player.until = wish.until ?? Infinity;
  // Seeking to the current time would interrupt playback.
  if (wish.seconds !== player.video.currentTime) seek(player, wish.seconds);
  if (wish.play) player.video.play().catch(() => undefined);
}

/** End a replayed section where it was requested to end. @param {Player} player */
function stopAt(player) {
  if (player.video.currentTime < player.until) return;
  player.until = Infinity;
  player.video.pause();
  document.dispatchEvent(new CustomEvent("attune:replayed"));
}

/**
 * Play slower or faster as an accepted offer asks, for this page only and with a way back.
 * @param {Player} player
 */
function pace({ root, video, signal }) {
  document.addEventListener("attune:pace", (event) => {
    const usual = video.playbackRate;
    playAt(root, video, nextRate(video, /** @type {CustomEvent} */ (event).detail.steps));
    const label = usual === 1 ? t("Back to normal speed") : t("Back to {rate} speed", { rate: `${num(usual)}×` });
    toast(t("The video plays at {rate} speed.", { rate: `${num(video.playbackRate)}×` }),
      { label, act: () => playAt(root, video, usual) });
    one('[data-do="play"]', root)?.focus({ preventScroll: true });
  }, { signal });
}

/** @param {Player} player */
function keys(player) {
  const acts = actions(player);
  document.addEventListener("attune:key", (event) => {
    const act = acts[/** @type {CustomEvent} */ (event).detail.action];
    if (!act) return;
    event.preventDefault();
    act();
  }, { signal: player.signal });
}

/**
 * Report what the course records: play, pause, seek, rate, ended, each with its time.
 * @param {Player} player
 */
function reports({ root, video, signal }) {
  actionsOf(video, Number(root.dataset.begin), (name, value) => sitting.learner.event(name, value), signal);
}
