// @ts-check
/**
 * Gives htmx a Trusted Types policy of its own, for the parts of pages that it parses. No module, so
 * that it runs after htmx and before htmx looks at the page. Scripts inside a part stay forbidden.
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
