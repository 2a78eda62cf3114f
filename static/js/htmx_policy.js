// @ts-check
/**
 * Gives htmx its own Trusted Types policy for the parts of pages that it parses.
 *
 * It is not a module, so that it runs after htmx is loaded and before htmx processes the page.
 * Scripts inside a part stay forbidden.
 */
(() => {
  const { htmx, trustedTypes } = /** @type {any} */ (globalThis);
  const policy = trustedTypes?.createPolicy("attune-htmx", { createHTML: (/** @type {string} */ text) => text });
  if (!policy) return;
  htmx.registerExtension("attune-policy", {
    init: (/** @type {any} */ inside) => inside.initSecurity({
      createHTML: (/** @type {string} */ text) => policy.createHTML(text), createScript: () => "",
    }),
  });
})();
