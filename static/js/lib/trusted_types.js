// @ts-check
/**
 * The only way from text to a document or a worker.
 *
 * Under `require-trusted-types-for 'script'` browsers refuse plain text there, so that no other
 * script can put markup into a page.
 */

/** @type {{createHTML: (text: string) => any, createScriptURL: (url: string) => any}} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("attune", {
  // A parsed document runs no script; its parts are inserted under the page's own rules.
  createHTML: (/** @type {string} */ text) => text,
  createScriptURL: ownAddress,
}) ?? { createHTML: (text) => text, createScriptURL: ownAddress };

/** @param {string} url */
function ownAddress(url) {
  const { origin, pathname } = new URL(url, location.href);
  if (origin !== location.origin || !pathname.startsWith("/static/")) throw new TypeError("expected a script of ours");
  return url;
}

/** @param {string} text @returns {Document} */
export const parsePage = (text) => new DOMParser().parseFromString(policy.createHTML(text), "text/html");

/** @param {URL} url @param {WorkerOptions} options */
export const startWorker = (url, options) => new Worker(policy.createScriptURL(url.href), options);
