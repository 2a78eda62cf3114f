// Bytes for the tests of parsers: those of tests/vectors/, which Python reads too, and random ones.
import { readFileSync } from "node:fs";

/** @param {string} name */
export const vectors = (name) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url)));

/** @param {string} hex */
export const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

/** @param {string} hex */
export const packet = (hex) => new DataView(bytesOf(hex).buffer);

/** @param {Uint8Array} bytes */
export const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Return numbers of 0-1 that are the same in each run. @param {number} seed */
export function lots(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** @param {() => number} random @param {number} most */
export const randomBytes = (random, most) => Uint8Array.from({ length: Math.floor(random() * most) }, () => 256 * random());
