// @ts-check
/**
 * Sends a form and puts the same part of the answering page in place of the present one.
 * The server knows nothing of it: it answers with a whole page, as without JavaScript.
 */
import { send } from "./send.js";

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter @returns {[string, {method: string, body?: FormData}]} */
export function requestOf(form, submitter) {
  const data = new FormData(form);
  const name = submitter?.getAttribute("name");
  if (name) data.append(name, submitter?.getAttribute("value") ?? "");
  const method = form.method.toUpperCase();
  if (method !== "GET") return [form.action, { method, body: data }];
  const url = new URL(form.action);
  data.forEach((value, key) => url.searchParams.set(key, String(value)));
  return [url.href, { method }];
}

/**
 * @param {string} url @param {import("./send.js").Wish} wish @param {string[]} ids parts to replace
 * @returns {Promise<import("./send.js").Outcome & {swapped: boolean}>}
 */
export async function swap(url, wish, ids) {
  const outcome = await send(url, { ...wish, expects: "page" });
  const { kind, status, page } = outcome;
  // 422 and 409 say in the page itself what is wrong, and take its place like any other.
  const fits = kind === "done" || status === 422 || (status === 409 && ids.some((id) => page?.getElementById(id)));
  if (!fits || !page) return { ...outcome, swapped: false };
  putParts(page, ids);
  if (outcome.redirected) history.replaceState(null, "", outcome.url);
  document.dispatchEvent(new CustomEvent("attune:swapped"));
  return { ...outcome, swapped: true };
}

/** @param {Document} page @param {string[]} ids parts of it that take the place of ours */
export function putParts(page, ids) {
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
}
