// @ts-check
/**
 * The only way from a script to the server.
 *
 * It recognises an ended session (asks the person to sign in again, then repeats the request once),
 * a stale token (fetches a new one, repeats once), a conflict, and a lost connection. It never
 * accepts a redirect or another page as a stored answer.
 *
 *     const outcome = await send(url, { body, expects: "json" });
 *     if (outcome.kind === "done") …outcome.data
 *     else if (outcome.kind === "conflict") …outcome.data or outcome.page
 *     else complain(trouble(outcome));
 */
import { askSession, pageHeaders, signInAgain, tellOther } from "./session/session.js";
import { parsePage } from "./trusted_types.js";
import { t } from "./i18n.js";

const TIMEOUT_MS = 30_000;
const AGAIN_MS = 1000;
const SIGNED_OUT = ["not_signed_in", "not_authenticated"];
const ACCEPT = { json: "application/json", page: "text/html", nothing: "application/json" };
const TYPES = { json: "application/json", page: "text/html" };

/**
 * @typedef {"done" | "invalid" | "conflict" | "refused" | "wait" | "signed_out" | "another_person" |
 *   "offline" | "timeout" | "broken" | "stale"} Kind
 * done: the server did it. invalid: 400, 413 or 422. conflict: 409 or 412. refused: 403, 404, 405, 410.
 * wait: 429, a busy site, a slow upload, or keys or files that are away. timeout: no answer in time, so it may be stored.
 * broken: another 5xx, or an unexpected answer.
 * stale: a token that was still stale after it was renewed.
 * @typedef {{kind: Kind, status: number, data?: any, page?: Document, text?: string, url?: string,
 *   redirected?: boolean}} Outcome
 * @typedef {object} Wish
 * @property {string} [method] POST with a body, else GET
 * @property {FormData | URLSearchParams | null} [body]
 * @property {any} [json] sent as JSON
 * @property {Record<string, string>} [headers] of a protocol, beside ours
 * @property {"json" | "page" | "nothing"} [expects] content of a successful answer, by default
 *   nothing
 * @property {boolean} [quiet] not caused by a press: it does not wait for the person to sign in
 * @property {boolean} [repeat] idempotent, as each GET is
 * @property {boolean} [keepalive] it may outlive the page
 * @property {AbortSignal} [signal]
 * @property {number} [timeoutMs]
 * @property {(percent: number) => void} [onProgress] called while a large body is sent
 */

/** @param {string} url @param {Wish} [wish] @returns {Promise<Outcome>} */
export async function send(url, wish = {}) {
  const first = await withToken(url, wish);
  if (first.kind !== "signed_out") return toldOther(first);
  const decision = signInAgain({ asked: !wish.quiet });
  if (wish.quiet || await decision !== "back") return first;
  return toldOther(await withToken(url, wish));
}

/** @param {Outcome} outcome */
function toldOther(outcome) {
  if (outcome.kind === "another_person") tellOther();
  return outcome;
}

/** @param {string} url @param {Wish} wish @returns {Promise<Outcome>} */
async function withToken(url, wish) {
  const outcome = await patiently(url, wish);
  if (outcome.kind !== "stale") return outcome;
  const standing = await askSession();
  if (standing === "same") return once(url, wish);
  if (standing === "ended") return { ...outcome, kind: "signed_out" };
  return standing === "other" ? { ...outcome, kind: "another_person" } : { ...outcome, kind: "offline" };
}

/** Repeat an idempotent request once before it fails. @param {string} url @param {Wish} wish */
async function patiently(url, wish) {
  const outcome = await once(url, wish);
  const again = wish.repeat ?? methodOf(wish) === "GET";
  if (outcome.kind !== "offline" || !again || wish.signal?.aborted || wish.keepalive) return outcome;
  await new Promise((done) => setTimeout(done, AGAIN_MS));
  return once(url, wish);
}

/** @param {Wish} wish */
const methodOf = ({ method, body, json }) => (method ?? (body || json !== undefined ? "POST" : "GET")).toUpperCase();

/** @param {string} url @param {Wish} wish @returns {Promise<Outcome>} */
async function once(url, wish) {
  const stop = new AbortController();
  const given = () => stop.abort();
  wish.signal?.addEventListener("abort", given, { once: true });
  let late = false;
  const timer = setTimeout(() => { late = true; stop.abort(); }, wish.timeoutMs ?? TIMEOUT_MS);
  try {
    const request = { ...requestFor(wish), signal: stop.signal };
    // Few pages upload, and the others need not load how.
    const answer = wish.onProgress ? (await import("./upload_request.js")).fetchWithProgress(url, request, wish.onProgress)
      : fetch(url, request);
    return await read(await answer, wish);
  } catch {
    return { kind: late ? "timeout" : "offline", status: 0 };
  } finally {
    clearTimeout(timer);
    wish.signal?.removeEventListener("abort", given);
  }
}

/** @param {Wish} wish @returns {RequestInit} */
function requestFor(wish) {
  const headers = { Accept: ACCEPT[wish.expects ?? "nothing"], ...pageHeaders(), ...wish.headers };
  const { body, json, keepalive } = wish;
  // The header has the current token; the one in a form may be older than the session.
  body?.delete("csrfmiddlewaretoken");
  if (json === undefined) return { method: methodOf(wish), headers, body, keepalive };
  return {
    method: methodOf(wish), keepalive, body: JSON.stringify(json), headers: { ...headers, "Content-Type": "application/json" },
  };
}

/** @param {Response} answer @param {Wish} wish @returns {Promise<Outcome>} */
async function read(answer, wish) {
  const { status, redirected, url } = answer;
  const type = (answer.headers.get("Content-Type") ?? "").split(";")[0].trim();
  const text = await answer.text();
  const data = type === TYPES.json ? parsed(text) : undefined;
  const page = type === TYPES.page && wish.expects === "page" ? parsePage(text) : undefined;
  const kind = answer.ok ? kindOfSuccess(answer, type, data, wish) : kindOfFailure(status, data?.code ?? "");
  return { kind, status, data, page, url, redirected, text: type === "text/plain" ? text : undefined };
}

/**
 * Return whether a 2xx answer is the expected one.
 * @param {Response} answer @param {string} type @param {any} data @param {Wish} wish
 */
function kindOfSuccess({ status, redirected, url }, type, data, { expects = "nothing" }) {
  if (expects === "page") return type === TYPES.page && !isLogIn(url) ? "done" : "broken";
  // Django sends a content type with 204 too, although it has no page.
  if (redirected || (type === TYPES.page && status !== 204)) return "broken";
  return expects === "json" && (status === 204 || data === undefined) ? "broken" : "done";
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Written as a text, because the minifier reads two slashes in a row as a comment.
const LOG_IN = new RegExp("^/accounts/(login|factor|confirm)/");

/** @param {string} url */
const isLogIn = (url) => LOG_IN.test(new URL(url, "http://x").pathname);

/** @param {number} status @param {string} code @returns {Kind} */
function kindOfFailure(status, code) {
  if (status === 401) return SIGNED_OUT.includes(code) ? "signed_out" : "refused";
  if (status === 403) return code === "stale_token" ? "stale" : "refused";
  if (status === 409 && code === "another_person") return "another_person";
  /** @type {Record<number | string, Kind>} */
  const kinds = { 400: "invalid", 404: "refused", 405: "refused", 409: "conflict", 410: "refused", 412: "conflict", 413: "invalid", 422: "invalid", 429: "wait", busy: "wait", too_slow: "wait", keys_unavailable: "wait", files_unavailable: "wait" };
  return kinds[status] ?? kinds[code] ?? "broken";
}

/**
 * Describe for the person what went wrong and what to do.
 * @param {Outcome} outcome @returns {string}
 */
export function trouble({ kind, data, text }) {
  const detail = typeof data?.detail === "string" ? data.detail : text;
  if (detail && ["invalid", "conflict", "refused", "wait"].includes(kind)) return detail;
  return TROUBLES[kind] ?? TROUBLES.broken;
}

/** @type {Record<string, string>} */
const TROUBLES = {
  offline: t("You are offline. Try again when you are back online."),
  timeout: t("The server did not answer. Reload the page to see whether it was saved."),
  signed_out: t("You are signed out. Sign in again, then repeat the last step."),
  another_person: t("Nothing was sent. Another person is signed in here now."),
  stale: t("The page has been open for too long. Reload it and try again."),
  wait: t("Too many requests. Wait a minute and try again."),
  conflict: t("This was changed elsewhere in the meantime. Reload the page and try again."),
  refused: t("This is no longer possible. Reload the page."),
  invalid: t("This could not be read. Check it and try again."),
  broken: t("Something went wrong on our side. Try again in a moment."),
};
