// @ts-check
/**
 * Analyses pictures and returns numbers: it only ever posts `pack(…)`, `packRest(…)` and
 * `packPulse(…)`.
 *
 * Pictures are dropped once they are analysed. Networks that identify people are neither loaded nor
 * served.
 */
import { Analysis } from "./analysis.js";
import { openBackend } from "./backends/choice.js";
import { pack, packRest } from "./message.js";
import { look, PATCH } from "./quality.js";
import { packPulse } from "../rppg/message.js";

/** @typedef {import("./backends/choice.js").Backend} Backend */
/** @typedef {import("./message.js").Seen} Seen */

/** The time between two analysed pictures; longer where the page needs fewer rows. */
let slotMs = 100;
const PULSE_SLOT_MS = 100;
/**
 * Meshes are in pixels of the input: a larger one is finer and slower (84 ms at 960, 51 at 640).
 */
const WIDTH = 640;

const canvas = new OffscreenCanvas(WIDTH, 1);
const patch = new OffscreenCanvas(PATCH, PATCH);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
const patchContext = /** @type {OffscreenCanvasRenderingContext2D} */ (patch.getContext("2d", { willReadFrequently: true }));

/** Times that match the page's clock: workers count from their own start. */
const now = () => performance.timeOrigin + performance.now();

let analysis = new Analysis([]);
/**
 * The analysis of the skin's colour, only where that is wanted.
 * @type {import("../rppg/pulse.js").Pulse | null}
 */
let pulse = null;
/** @type {Backend | null} */
let backend = null;
/** @type {((picture: ImageBitmap) => void) | null} */
let takeBitmap = null;

/** @param {Partial<Seen> & {word: string, ms: number}} seen */
function say(seen) {
  const blank = { quality: 0, faces: 0, busyMs: 0, backend: backend?.name ?? "", face: null, gaze: null };
  self.postMessage(pack({ ...blank, ...seen }));
}

/**
 * @param {VideoFrame | ImageBitmap} picture @param {number} ms
 * @param {number} [takenUs] when it was taken, by the camera's clock
 */
async function analyse(picture, ms, takenUs) {
  const using = /** @type {Backend} */ (backend);
  const began = now();
  const scale = draw(picture);
  const { width, height } = canvas;
  const found = await using.see({ canvas, context, width, height }).catch(() => null);
  const busyMs = now() - began;
  const fit = found ? using.fit(busyMs) : "slow";
  if (fit === "slow") await exchange(using);
  if (!found || fit !== "fit") return say({ word: "opening", ms, busyMs });
  const seen = analysis.see(found, { width, height, scale, look: lookAt(found[0]?.box), ms });
  say({ ...seen, ms, busyMs: now() - began });
  pulse?.follow(analysis.points, ms);
  lookAtSkin(ms, takenUs);
  const rest = analysis.learned();
  if (rest) self.postMessage(packRest(rest));
}

/** Analyse the skin of the picture on our canvas. @param {number} ms @param {number} [takenUs] */
function lookAtSkin(ms, takenUs) {
  const told = pulse?.look(context, ms, takenUs);
  if (told) self.postMessage(packPulse(told));
}

/**
 * Replace the finer library where it is too slow or lost its graphics chip.
 * @param {Backend} former
 */
async function exchange(former) {
  if (former.name === "human") throw new Error("human gave no answer");
  former.close();
  await use("human");
}

/** @param {string} wish */
async function use(wish) {
  backend = await openBackend(wish);
  analysis.through(backend.name);
}

/**
 * Draw onto our canvas, which has another size, and close the picture.
 * @param {VideoFrame | ImageBitmap} picture
 */
function draw(picture) {
  const [width, height] = "displayWidth" in picture
    ? [picture.displayWidth, picture.displayHeight] : [picture.width, picture.height];
  const scale = WIDTH / width;
  const tall = Math.round(height * scale);
  if (canvas.height !== tall) canvas.height = tall;
  context.drawImage(picture, 0, 0, WIDTH, tall);
  picture.close();
  return scale;
}

/** @param {number[]} [box] of the face in shares of the picture, or all of it */
function lookAt([x, y, width, height] = [0, 0, 1, 1]) {
  const across = (/** @type {number} */ share) => share * canvas.width;
  const down = (/** @type {number} */ share) => share * canvas.height;
  patchContext.drawImage(canvas, across(x), down(y), Math.max(1, across(width)), Math.max(1, down(height)), 0, 0, PATCH, PATCH);
  return look(patchContext.getImageData(0, 0, PATCH, PATCH).data);
}

/**
 * Analyse the newest frame each tenth of a second, and the skin's colour of those between.
 * @param {ReadableStream<VideoFrame>} frames
 */
async function follow(frames) {
  const reader = frames.getReader();
  let due = 0;
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    const [ms, takenUs] = [now(), frame.timestamp];
    if (ms < due) {
      if (pulse?.sees) draw(frame);
      else frame.close();
      lookAtSkin(ms, takenUs);
      continue;
    }
    // A pulse is measured where the face is: it must not have moved far.
    const waitMs = pulse ? Math.min(slotMs, PULSE_SLOT_MS) : slotMs;
    due = Math.max(due + waitMs, ms + waitMs / 2);
    await analyse(frame, ms, takenUs);
  }
}

/** @param {ReadableStream<VideoFrame> | null} frames @param {string} wish */
async function begin(frames, wish) {
  try {
    await use(wish);
    if (frames) return await follow(frames);
    takeBitmap = (bitmap) => analyse(bitmap, now()).catch(stopped);
    say({ word: "opening", ms: now() });
  } catch (error) {
    stopped(error);
  }
}

/** @param {unknown} error */
function stopped(error) {
  console.warn(`attune: the camera's numbers stopped: ${error instanceof Error ? error.message : "unknown"}`);
  say({ word: "no_library", ms: now() });
}

/** @param {string[]} streams */
async function want(streams) {
  const mine = new Analysis(streams, backend?.name);
  analysis = mine;
  pulse = null;
  if (!streams.includes("rppg")) return;
  const { Pulse } = await import("../rppg/pulse.js");
  if (analysis === mine) pulse = new Pulse();
}

/**
 * Handle a message of the page: a bitmap to analyse; or which streams are wanted, with what is
 * known of this person, and at first the frames; or a request to record the face at rest.
 * @param {any} data
 */
export function hear(data) {
  if (data instanceof ImageBitmap) return takeBitmap ? takeBitmap(data) : data.close();
  if (data.learn) return analysis.learn();
  if (data.paceMs) {
    slotMs = data.paceMs;
    return;
  }
  // Other streams: results for this person under the former ones are dropped too.
  if (data.streams) want(data.streams);
  analysis.know(data.known);
  if ("frames" in data) begin(data.frames, data.backend ?? "");
}
