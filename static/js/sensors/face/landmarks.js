// @ts-check
/**
 * The landmarks that are measured, by their number in the face mesh (468 points and two irises).
 *
 * "first" is the eye on the left of the picture, as in OpenFace: the person's right one.
 */

export const POINTS = 478;
/** Inner and outer corner and lids of each eye, and its brow, from the nose outwards. */
export const EYES = Object.freeze({
  first: { outer: 33, inner: 133, upper: [160, 159, 158], lower: [144, 145, 153], inBrow: [55, 107], outBrow: [70, 63], cheek: 117 },
  second: { outer: 263, inner: 362, upper: [387, 386, 385], lower: [373, 374, 380], inBrow: [285, 336], outBrow: [300, 293], cheek: 346 },
});
/** Centre, then four points of the rim. */
export const IRISES = Object.freeze([[468, 469, 470, 471, 472], [473, 474, 475, 476, 477]]);
/**
 * The points of the first eye that the iris net redraws, and Human leaves mirrored: lids and brow.
 */
export const FIRST_LIDS = Object.freeze([
  33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
]);
export const FIRST_BROW = Object.freeze([156, 70, 63, 105, 66, 107, 55, 193, 35, 124, 46, 53, 52, 65]);
export const MOUTH = Object.freeze({ first: 61, second: 291, top: 0, upper: 13, lower: 14, bottom: 17 });
export const NOSE = Object.freeze({ base: 2, first: 129, second: 358 });
/** The frame of the head: temples, forehead, chin. */
export const HEAD = Object.freeze({ first: 234, second: 454, top: 10, chin: 152 });
