// @ts-check
/**
 * The camera of the page, shared by its streams.
 *
 * It is open while a stream needs it, the page is visible and no other tab has it, and is closed
 * (track ended, worker gone) at once otherwise. Pictures go into the worker, and only numbers come
 * out.
 */
import { known } from "../../lib/sensing/camera_setup.js";
import { startWorker } from "../../lib/trusted_types.js";
import { unpackPulse } from "../rppg/message.js";
import { unpack, unpackRest } from "./message.js";
import { Turn } from "./camera_lock.js";

/** @typedef {import("./message.js").Seen} Seen */
/**
 * @typedef {{saw: (seen: Seen) => void, is: (word: string) => void,
 *   heard?: (told: import("../rppg/message.js").Told) => void}} Watcher heard: of the pulse
 */
/**
 * @typedef {{saw: (seen: Seen) => void,
 *   rested: (resting: import("./action_units.js").Resting, backend: string) => void}} Helper
 *   the camera set-up
 */

const WISH = { video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" }, audio: false };
/** @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no_camera",
  OverconstrainedError: "no_camera", NotReadableError: "busy", AbortError: "busy",
};

/** @type {Map<string, Watcher>} */
const watchers = new Map();
/** The open camera. @type {Opened | null} */
let opened = null;

/** @type {AbortController | null} */
let listening = null;

/** The library that proved itself on this page. */
let backend = "";

/** The time between two analysed pictures; 0 = as often as the worker can. */
let paceMs = 0;

/** @type {Helper | null} */
let helper = null;

/**
 * Watch the camera for one stream.
 * @param {string} stream @param {Watcher} watcher @returns {() => void}
 */
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

/**
 * Watch the camera for the set-up, next to the streams.
 * @param {Helper} now
 * @returns {{learn: () => void, know: () => void, leave: () => void} | null}
 *   learn: start to record the face at rest; know: the stored results have changed;
 *   null: no camera is open here
 */
export function assist(now) {
  if (!opened || opened.closed) return null;
  helper = now;
  return {
    learn: () => opened?.worker?.postMessage({ learn: true }),
    know: () => opened?.worker?.postMessage({ known: known() }),
    leave: () => { helper = null; },
  };
}

/** Set the greatest rate of pictures that a stream needs. @param {number} rateHz */
export function pace(rateHz) {
  paceMs = 1000 / rateHz;
  opened?.worker?.postMessage({ paceMs });
}

function listen() {
  listening = new AbortController();
  const { signal } = listening;
  document.addEventListener("visibilitychange", settle, { signal });
  navigator.mediaDevices?.addEventListener("devicechange", () => opened?.closed && settle(), { signal });
}

/** Open, close or reopen the camera, as it is needed now. */
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
    this.turn = new Turn();
    tell("opening");
    this.open().catch((error) => this.fail(REFUSALS[error?.name] ?? "failed"));
  }

  async open() {
    if (!navigator.mediaDevices?.getUserMedia) return this.fail("no_camera_here");
    await this.turn.come(() => tell("other_tab"));
    if (this.closed) return;
    const media = await navigator.mediaDevices.getUserMedia(WISH);
    const [track] = media.getVideoTracks();
    this.track = track;
    if (this.closed) return track.stop();
    track.addEventListener("ended", () => this.fail("unplugged"));
    this.worker = startWorker(new URL("./worker.js", import.meta.url), { name: "attune-face" });
    this.worker.onmessage = ({ data }) => this.#heard(data);
    this.worker.onerror = () => this.fail("no_library");
    this.#feed(track, media);
  }

  /** @param {MediaStreamTrack} track @param {MediaStream} media */
  #feed(track, media) {
    const about = { streams: [...watchers.keys()], known: known(), backend };
    if (paceMs) this.worker?.postMessage({ paceMs });
    const Processor = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
    if (Processor) {
      const frames = new Processor({ track, maxBufferSize: 1 }).readable;
      this.worker?.postMessage({ ...about, frames }, [frames]);
      return;
    }
    this.worker?.postMessage({ ...about, frames: null });
    /** @type {HTMLVideoElement | undefined} */
    this.video = document.createElement("video");
    Object.assign(this.video, { srcObject: media, muted: true });
    this.video.play();
  }

  /** The worker computes only the streams that are needed now. */
  choose() {
    this.worker?.postMessage({ streams: [...watchers.keys()], known: known() });
  }

  /** @param {Float64Array} data */
  #heard(data) {
    if (this.closed) return;
    const resting = unpackRest(data);
    if (resting) return helper?.rested(resting, backend);
    const told = unpackPulse(data);
    if (told) return watchers.get("rppg")?.heard?.({ ...told, ms: told.ms - performance.timeOrigin });
    const seen = unpack(data);
    if (seen.word === "no_library") return this.fail("no_library");
    if (seen.word !== "opening") this.#saw({ ...seen, ms: seen.ms - performance.timeOrigin });
    this.#next();
  }

  /** @param {Seen} seen */
  #saw(seen) {
    backend = seen.backend;
    for (const watcher of [...watchers.values()]) watcher.saw(seen);
    helper?.saw(seen);
  }

  /**
   * Where frames cannot be transferred as a stream: send the newest one when the worker is free.
   */
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
    this.turn.leave();
    if (this.video) this.video.srcObject = null;
    this.video = undefined;
  }
}
