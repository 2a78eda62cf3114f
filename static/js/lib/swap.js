// @ts-check
/**
 * Sends a form and puts the same part of the answering page in place of the present one.
 * The server knows nothing of it: it answers with a whole page, as without JavaScript.
 */

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter @returns {[string, RequestInit]} */
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
 * @param {string} url @param {RequestInit} request @param {string[]} ids parts to replace
 * @returns {Promise<Document>} the answering page
 */
export async function swap(url, request, ids) {
  const answer = await fetch(url, { ...request, headers: { Accept: "text/html" } });
  // 422 = what was sent could not be read: the page says why, and stands in place like any other.
  if (!answer.ok && answer.status !== 422) throw new Error(`expected a page, got status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  putParts(page, ids);
  if (answer.redirected) history.replaceState(null, "", answer.url);
  document.dispatchEvent(new CustomEvent("attune:swapped"));
  return page;
}

/** @param {Document} page @param {string[]} ids parts of it that take the place of ours */
export function putParts(page, ids) {
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
}
