// @ts-check
/**
 * Our controls over a native <video>: play, seek by chapter, speed, captions, full screen, resume.
 * Tells the page the time (`attune:time`), obeys `attune:seek`, and reports what was done to the
 * sitting. Without JavaScript the browser's own controls stay.
 */
import { sitting } from "../telemetry/sitting.js";
import { clock } from "../lib/clock.js";
import { all, announce, one, recall, remember } from "../lib/page.js";
import { chaptersOf, drag, draw, keyTarget } from "../lib/position.js";
import { startKeeping } from "../lib/keep_place.js";

/** Jumps closer together than this are one (a drag, a held key). */
const JUMP_SETTLES_MS = 400;
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
  captions(player);
  keys(player);
  reports(player);
  startKeeping(root, video, signal);
}

/**
 * @typedef {{root: HTMLElement, video: HTMLVideoElement, bar: HTMLElement, until: number,
 *   chapters: import("../lib/chapters.js").Chapter[], signal: AbortSignal}} Player
 */

/** @param {Player} player */
function takeOver({ root, video, signal }) {
  video.controls = false;
  for (const part of all("[data-transport]", root)) part.hidden = false;
  video.volume = Number(recall("volume", "1"));
  setRate(root, video, Number(recall("rate", "1")));
  video.addEventListener("click", () => toggle(video), { signal });
  const failed = () => { const note = one("[data-failed]"); if (note) note.hidden = false; };
  video.addEventListener("error", failed, { signal });
  one("source", video)?.addEventListener("error", failed, { signal });
  one("[data-retry]")?.addEventListener("click", () => {
    /** @type {HTMLElement} */ (one("[data-failed]")).hidden = true;
    video.load();
  }, { signal });
}

/** @param {HTMLVideoElement} video */
function toggle(video) {
  if (!video.paused) return video.pause();
  // A refused play (no gesture, no network) leaves the button as it is; `error` says the rest.
  video.play().catch(() => undefined);
}

/** @param {Player} player @param {number} seconds */
function seek({ video }, seconds) {
  video.currentTime = Math.min(video.duration || Infinity, Math.max(0, seconds));
}

/** @param {HTMLElement} root @param {HTMLVideoElement} video @param {number} rate */
function setRate(root, video, rate) {
  video.playbackRate = RATES.includes(rate) ? rate : 1;
  remember("rate", String(video.playbackRate));
  const button = one('[data-do="rate"]', root);
  if (!button) return;
  button.textContent = `${video.playbackRate}×`;
  button.setAttribute("aria-label", `${video.playbackRate}× speed`);
}

/** @param {Player} player @param {number} step */
function changeRate({ root, video }, step) {
  const at = RATES.indexOf(video.playbackRate) + step;
  setRate(root, video, RATES[Math.min(RATES.length - 1, Math.max(0, at))]);
  announce(`Speed ${video.playbackRate}`);
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
    sound: () => { video.muted = !video.muted; },
    captions: () => one('[data-do="captions"]', root)?.dispatchEvent(new Event("attune:toggle")),
    fullscreen: () => fullscreen(root),
  };
}

/** @param {HTMLElement} root */
function fullscreen(root) {
  const change = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
  change.catch(() => announce("Full screen is not possible here."));
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
    play.setAttribute("aria-label", video.paused ? "Play" : "Pause");
    root.dataset.playing = String(!video.paused);
  };
  for (const name of ["play", "pause", "ended"]) video.addEventListener(name, show, { signal });
  const sound = one('[data-do="sound"]', root);
  video.addEventListener("volumechange", () => {
    remember("volume", String(video.volume));
    sound?.setAttribute("aria-pressed", String(!video.muted));
  }, { signal });
}

/** @param {Player} player */
function position(player) {
  const { root, video, bar, chapters, signal } = player;
  const duration = () => video.duration || Number(bar.getAttribute("aria-valuemax"));
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
  seek(player, wish.seconds);
  if (wish.play) player.video.play().catch(() => undefined);
}

/** A replay of a stretch ends where it was asked to end. @param {Player} player */
function stopAt(player) {
  if (player.video.currentTime < player.until) return;
  player.until = Infinity;
  player.video.pause();
  document.dispatchEvent(new CustomEvent("attune:replayed"));
}

/** @param {Player} player */
function captions({ root, video, signal }) {
  const button = one('[data-do="captions"]', root);
  const choice = /** @type {HTMLSelectElement | null} */ (one("[data-language]", root));
  const cue = /** @type {HTMLElement} */ (one("[data-cue]", root));
  const tracks = [...video.textTracks].filter((track) => track.kind === "captions");
  let on = recall("captions", "on") === "on";
  const wanted = () => tracks.find((track) => track.language === choice?.value) ?? tracks[0];
  const write = () => {
    const text = [...(wanted()?.activeCues ?? [])].map((c) => /** @type {VTTCue} */ (c).text).join("\n");
    cue.hidden = !on || !text;
    /** @type {HTMLElement} */ (cue.firstElementChild).textContent = text;
  };
  const show = () => {
    // "hidden" keeps the cues coming while we draw them ourselves.
    tracks.forEach((track) => { track.mode = track === wanted() ? "hidden" : "disabled"; });
    button?.setAttribute("aria-pressed", String(on));
    write();
  };
  const flip = () => { on = !on; remember("captions", on ? "on" : "off"); show(); };
  button?.addEventListener("attune:toggle", flip, { signal });
  choice?.addEventListener("change", () => { remember("language", choice.value); show(); }, { signal });
  tracks.forEach((track) => track.addEventListener("cuechange", write, { signal }));
  if (choice) choice.value = recall("language", choice.value) || choice.value;
  show();
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

/** What the course records: play, pause, seek, rate, ended, each with its second. @param {Player} player */
function reports({ video, signal }) {
  for (const name of ["play", "pause", "ended"]) {
    video.addEventListener(name, () => sitting.event(name, video.currentTime), { signal });
  }
  video.addEventListener("ratechange", () => sitting.event("rate", video.playbackRate), { signal });
  jumps(video, (seconds) => sitting.event("seek", seconds), signal);
}

/**
 * One jump is told once, by how far it went: back is negative. A drag is one jump.
 * @param {HTMLVideoElement} video @param {(seconds: number) => void} tell @param {AbortSignal} signal
 */
function jumps(video, tell, signal) {
  let [settled, timer] = [video.currentTime, /** @type {any} */ (0)];
  video.addEventListener("timeupdate", () => {
    if (!video.seeking && !timer) settled = video.currentTime;
  }, { signal });
  video.addEventListener("seeked", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const far = video.currentTime - settled;
      [settled, timer] = [video.currentTime, 0];
      if (Math.abs(far) > 0.5) tell(far);
    }, JUMP_SETTLES_MS);
  }, { signal });
}
