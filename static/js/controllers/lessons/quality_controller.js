// @ts-check
/**
 * The size of the picture: chosen by the width of the player and the connection, or in the menu.
 * A change goes on at the same second.
 */
import { one, recall, remember } from "../../lib/dom.js";

const AUTO = "auto";
const SLOW = ["slow-2g", "2g", "3g"];

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const video = /** @type {HTMLVideoElement | null} */ (one("video", root));
  const menu = /** @type {HTMLSelectElement | null} */ (one("[data-quality]", root));
  if (!video || !menu) return;
  const sizes = [...menu.options].filter(({ value }) => value !== AUTO);
  const wanted = recall("quality", AUTO);
  menu.value = sizes.some(({ label }) => label === wanted) ? sizes.find(({ label }) => label === wanted)?.value ?? AUTO : AUTO;
  const apply = () => load(video, menu.value === AUTO ? fitting(video, sizes) : menu.value);
  menu.addEventListener("change", () => {
    remember("quality", menu.selectedOptions[0]?.label ?? AUTO);
    apply();
  }, { signal });
  apply();
}

/**
 * Return the smallest size that fills the player; on a slow or paid line the smallest of all.
 * @param {HTMLVideoElement} video @param {HTMLOptionElement[]} sizes largest first
 */
function fitting(video, sizes) {
  const line = /** @type {any} */ (navigator).connection;
  const least = sizes[sizes.length - 1].value;
  if (line?.saveData || SLOW.includes(line?.effectiveType)) return least;
  const width = video.clientWidth * devicePixelRatio;
  return sizes.filter(({ dataset }) => Number(dataset.width) >= width).pop()?.value ?? sizes[0].value;
}

/** @param {HTMLVideoElement} video @param {string} url */
function load(video, url) {
  const source = one("source", video);
  const [now, begin] = (source?.getAttribute("src") ?? "").split("#t=");
  if (!source || now === url) return;
  const [at, paused] = [video.currentTime || Number(begin) || 0, video.paused];
  source.setAttribute("src", `${url}#t=${at}`);
  // Loading sets the speed to this one.
  video.defaultPlaybackRate = video.playbackRate;
  video.load();
  if (!paused) video.play().catch(() => undefined);
}
