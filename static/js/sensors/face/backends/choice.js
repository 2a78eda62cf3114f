// @ts-check
/**
 * Selects the library that finds the landmarks.
 *
 * The finer one needs the graphics chip; the other works everywhere. A third one needs only a
 * module that implements `Backend`.
 */

/**
 * @typedef {{mesh: number[][], box: number[]}} Found mesh: 478 landmarks x, y, z, as shares of the
 *   picture (x and z of its width, y of its height), with correct irises; box: x, y, width, height
 * @typedef {{canvas: OffscreenCanvas, context: OffscreenCanvasRenderingContext2D, width: number,
 *   height: number}} Picture
 * @typedef {object} Backend
 * @property {string} name as in the list of streams.json
 * @property {(picture: Picture) => Promise<Found[]>} see every face in it, two at most
 * @property {(busyMs: number) => "fit" | "trying" | "slow"} fit whether it keeps up, from the time
 *   for
 *   each picture
 * @property {() => void} close
 */

/** The renderer names of browsers that draw without a graphics chip. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|lavapipe/i;

/** @returns {string | null} null: no WebGL 2; "": the browser does not report it */
export function renderer() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  if (!gl) return null;
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? "");
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

/** Return whether the finer library is worth a try. @param {string | null} name */
export const drawsInHardware = (name) => name !== null && !SOFTWARE.test(name);

/**
 * Open the requested library ("" leaves the choice to this computer). The finer one has to prove
 * itself, and is replaced where it is not available.
 * @param {string} wish @returns {Promise<Backend>}
 */
export async function openBackend(wish) {
  const fine = wish ? wish === "face_mesh" : drawsInHardware(renderer());
  if (!fine) return (await import("./human.js")).open();
  try {
    return await (await import("./face_mesh.js")).open({ proven: Boolean(wish) });
  } catch {
    return (await import("./human.js")).open();
  }
}
