// @ts-check
/**
 * Sends a form and replaces a part of the page by the same part of the answer.
 *
 * The server does not know this: it answers with a whole page, as without JavaScript.
 */
import { send } from "./send.js";

/** Counts the pages that were put here, so that a late answer does not change another page. */
let pages = 0;
export const countPage = () => { pages += 1; };

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter @returns {[string, {method: string, body?: FormData}]} */
export function requestOf(form, submitter) {
  // With the submitter, also where a picture that is a button was pressed.
  const data = new FormData(form, submitter);
  const method = form.method.toUpperCase();
  if (method !== "GET") return [form.action, { method, body: data }];
  const url = new URL(form.action);
  data.forEach((value, key) => url.searchParams.set(key, String(value)));
  return [url.href, { method }];
}

/**
 * @param {string} url @param {import("./send.js").Wish} wish
 * @param {string[]} ids of the parts to replace
 * @returns {Promise<import("./send.js").Outcome & {swapped: boolean}>}
 */
export async function swap(url, wish, ids) {
  const before = pages;
  const outcome = await send(url, { ...wish, expects: "page" });
  const { kind, status, page } = outcome;
  // 422 and 409 contain their error in the page, and replace the part like any other answer.
  const fits = kind === "done" || status === 422 || (status === 409 && ids.some((id) => page?.getElementById(id)));
  // The person may have gone on to a page that has parts of the same names.
  if (!fits || !page || pages !== before) return { ...outcome, swapped: false };
  putParts(page, ids);
  if (outcome.redirected) history.replaceState(history.state, "", outcome.url);
  document.dispatchEvent(new CustomEvent("attune:swapped"));
  return { ...outcome, swapped: true };
}

/** @param {Document} page @param {string[]} ids of its parts that replace ours */
export function putParts(page, ids) {
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
}
