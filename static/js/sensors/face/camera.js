// @ts-check
/**
 * The one camera of the page, shared by the streams that look through it: open while one of them
 * is wanted and the page is in sight, closed (track ended, worker gone) at once when not. Pictures
 * go into the worker and nothing but numbers comes out.
 */
import { unpack } from "./message.js";

/** @typedef {import("./message.js").Seen} Seen */
/** @typedef {{saw: (seen: Seen) => void, is: (word: string) => void}} Watcher */

const WISH = { video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" }, audio: false };
/** @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no_camera",
  OverconstrainedError: "no_camera", NotReadableError: "busy", AbortError: "busy",
};

/** @type {Map<string, Watcher>} */
const watchers = new Map();
/** What is open now. @type {Opened | null} */
let opened = null;

/** @type {AbortController | null} */
let listening = null;

/** Look through the camera for one stream. @param {string} stream @param {Watcher} watcher @returns {() => void} */
export function watch(stream, watcher) {
  watchers.set(stream, watcher);
  if (!listening) listen();
  settle();
  return () => {
    if (watchers.get(stream) !== watcher) return;
    watchers.delete(stream);
    settle();
  };
}

function listen() {
  listening = new AbortController();
  const { signal } = listening;
  document.addEventListener("visibilitychange", settle, { signal });
  navigator.mediaDevices?.addEventListener("devicechange", () => opened?.closed && settle(), { signal });
}

/** Open, closed, or open for other streams, as it is wanted now. */
function settle() {
  const hidden = document.visibilityState === "hidden";
  if (!watchers.size || hidden) {
    opened?.close();
    opened = null;
    tell("hidden");
  } else if (opened && !opened.closed) opened.choose();
  else opened = new Opened();
  if (!watchers.size) {
    listening?.abort();
    listening = null;
  }
}

/** @param {string} word */
function tell(word) {
  for (const watcher of [...watchers.values()]) watcher.is(word);
}

/** One opening of the camera. */
class Opened {
  constructor() {
    this.closed = false;
    tell("opening");
    this.open().catch((error) => this.fail(REFUSALS[error?.name] ?? "failed"));
  }

  async open() {
    if (!navigator.mediaDevices?.getUserMedia) return this.fail("no_camera_here");
    const media = await navigator.mediaDevices.getUserMedia(WISH);
    const [track] = media.getVideoTracks();
    this.track = track;
    if (this.closed) return track.stop();
    track.addEventListener("ended", () => this.fail("unplugged"));
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "attune-face" });
    this.worker.onmessage = ({ data }) => this.#heard(unpack(data));
    this.worker.onerror = () => this.fail("no_library");
    this.#feed(track, media);
  }

  /** @param {MediaStreamTrack} track @param {MediaStream} media */
  #feed(track, media) {
    const streams = [...watchers.keys()];
    const Processor = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
    if (Processor) {
      const frames = new Processor({ track, maxBufferSize: 1 }).readable;
      this.worker?.postMessage({ streams, frames }, [frames]);
      return;
    }
    this.worker?.postMessage({ streams, frames: null });
    /** @type {HTMLVideoElement | undefined} */
    this.video = document.createElement("video");
    Object.assign(this.video, { srcObject: media, muted: true });
    this.video.play();
  }

  /** The worker computes for just the streams that are wanted now. */
  choose() {
    this.worker?.postMessage({ streams: [...watchers.keys()] });
  }

  /** @param {Seen} seen */
  #heard(seen) {
    if (this.closed) return;
    if (seen.word === "no_library") return this.fail("no_library");
    if (seen.word !== "opening") {
      const here = { ...seen, ms: seen.ms - performance.timeOrigin };
      for (const watcher of [...watchers.values()]) watcher.saw(here);
    }
    this.#next();
  }

  /** Where frames cannot be handed over as a stream: the newest one, when the worker is free. */
  #next() {
    this.video?.requestVideoFrameCallback(async () => {
      if (this.closed || !this.video) return;
      const bitmap = await createImageBitmap(this.video);
      if (this.closed) bitmap.close();
      else this.worker?.postMessage(bitmap, [bitmap]);
    });
  }

  /** @param {string} word */
  fail(word) {
    if (this.closed) return;
    this.close();
    tell(word);
  }

  close() {
    this.closed = true;
    this.track?.stop();
    this.worker?.terminate();
    if (this.video) this.video.srcObject = null;
    this.video = undefined;
  }
}
