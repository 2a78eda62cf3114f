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
  if (!answer.ok) throw new Error(`expected a page, got status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  if (answer.redirected) history.replaceState(null, "", answer.url);
  return page;
}
