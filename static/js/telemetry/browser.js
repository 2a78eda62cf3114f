// @ts-check
/** What a Sitting needs of the browser: unique names, this tab's page, the way to the server. */
import { send } from "../lib/send.js";

const BEGIN = "/api/v1/sittings/";

/**
 * Request this page's Sitting; null where there is none.
 * @param {{unit: string, scenario: string, page: string}} about
 */
export async function begin(about) {
  const { kind, data } = await send(BEGIN, { json: about, expects: "json", quiet: true });
  return kind === "done" ? data : null;
}

/**
 * Return the id of this tab's page of this unit; a reload keeps it, and with it the Sitting.
 * @param {string} unit
 */
export function pageId(unit) {
  const name = `attune.page.${unit}`;
  try {
    const kept = sessionStorage.getItem(name) ?? uuid();
    sessionStorage.setItem(name, kept);
    return kept;
  } catch {
    return uuid();
  }
}

/** @param {string} sitting */
export function address(sitting) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}/ws/sittings/${sitting}/`;
}

/** crypto.randomUUID exists in secure contexts only. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @returns {import("./socket.js").Ways} */
export function ways() {
  return {
    connect: (url) => new WebSocket(url),
    random: Math.random,
    now: () => performance.now(),
    later: (act, ms) => setTimeout(act, ms),
    never: (timer) => clearTimeout(timer),
  };
}
