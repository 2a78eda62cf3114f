// @ts-check
/**
 * MediaPipe's attention mesh, drawn by the graphics chip: it detects brows, and both irises
 * correctly.
 *
 * It was written for a page; in a worker it gets the few page objects that it needs.
 */
import { fetched } from "../library.js";
import { Trial } from "./trial.js";

/** @typedef {import("./choice.js").Backend} Backend */
/** @typedef {import("./choice.js").Found} Found */
/** @typedef {{x: number, y: number, z: number}} Landmark */

// Two faces, to detect a second person; then nothing is stored of either.
const OPTIONS = {
  maxNumFaces: 2, refineLandmarks: true, minDetectionConfidence: 0.6, minTrackingConfidence: 0.6,
  enableFaceGeometry: false, selfieMode: false,
};

/**
 * @param {{proven: boolean}} how proven: it kept up before on this page
 * @returns {Promise<Backend>}
 */
export async function open({ proven }) {
  const base = await fetched("face_mesh");
  const scope = /** @type {any} */ (globalThis);
  likePage(scope);
  try {
    return await opened(scope, base, proven);
  } catch (error) {
    unlikePage(scope);
    throw error;
  }
}

/** @param {any} scope @param {string} base @param {boolean} proven @returns {Promise<Backend>} */
async function opened(scope, base, proven) {
  scope.importScripts(`${base}face_mesh.js`);
  const net = new scope.FaceMesh({ locateFile: (/** @type {string} */ file) => `${base}${file}` });
  net.setOptions(OPTIONS);
  /** @type {Landmark[][]} */
  let faces = [];
  net.onResults((/** @type {any} */ { image, multiFaceLandmarks }) => {
    image?.close?.();
    faces = multiFaceLandmarks ?? [];
  });
  await net.initialize();
  const trial = new Trial();
  return {
    name: "face_mesh",
    see: async ({ canvas }) => {
      faces = [];
      await net.send({ image: canvas });
      return faces.map(foundBy);
    },
    fit: (busyMs) => (proven ? "fit" : trial.add(busyMs)),
    close: () => {
      net.close();
      unlikePage(scope);
    },
  };
}

/**
 * Imitate the parts of a page's canvases and script elements that the library uses.
 * @param {any} scope
 */
function likePage(scope) {
  scope.window = scope;
  scope.document = {
    createElement: (/** @type {string} */ kind) => (kind === "canvas" ? new OffscreenCanvas(1, 1) : new Script(scope)),
    body: { appendChild: (/** @type {Script} */ script) => script.run() },
  };
}

/**
 * Remove the imitation, so that other libraries do not take this worker for a page.
 * @param {any} scope
 */
function unlikePage(scope) {
  delete scope.window;
  delete scope.document;
}

class Script {
  /** @param {any} scope */
  constructor(scope) {
    this.scope = scope;
    this.src = "";
    /** @type {Record<string, () => void>} */
    this.heard = {};
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    if (name === "src") this.src = value;
  }

  /** @param {string} name @param {() => void} act */
  addEventListener(name, act) {
    this.heard[name] = act;
  }

  run() {
    this.scope.importScripts(this.src);
    this.heard.load();
  }
}

/**
 * Convert its landmarks; its depths are already shares of the picture's width, and it reports no
 * box.
 * @param {Landmark[]} landmarks @returns {Found}
 */
export function foundBy(landmarks) {
  const mesh = landmarks.map(({ x, y, z }) => [x, y, z]);
  const [xs, ys] = [0, 1].map((axis) => mesh.map((point) => point[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { mesh, box: [left, top, Math.max(...xs) - left, Math.max(...ys) - top] };
}
