// @ts-check
/** Volume and mute of a video; stored in this browser. */
import { announce, one, onKey, recall, remember } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const video = /** @type {HTMLVideoElement | null} */ (one("video", root));
  const button = one("[data-sound]", root);
  const slider = /** @type {HTMLInputElement | null} */ (one("[data-volume]", root));
  if (!video || !button || !slider) return;
  video.volume = Math.min(1, Math.max(0, Number(recall("volume", "1")) || 0));
  video.muted = recall("sound", "on") === "off";
  const show = () => {
    button.setAttribute("aria-pressed", String(!video.muted));
    slider.value = String(video.muted ? 0 : Math.round(100 * video.volume));
    slider.setAttribute("aria-valuetext", video.muted ? t("off") : t("{n} percent", { n: Number(slider.value) }));
  };
  const flip = () => {
    video.muted = !video.muted;
    announce(video.muted ? t("Sound off") : t("Sound on"));
  };
  button.addEventListener("click", flip, { signal });
  onKey("sound", flip, signal);
  slider.addEventListener("input", () => {
    video.volume = Number(slider.value) / 100;
    video.muted = video.volume === 0;
  }, { signal });
  video.addEventListener("volumechange", () => {
    remember("volume", String(video.volume));
    remember("sound", video.muted ? "off" : "on");
    show();
  }, { signal });
  show();
}
