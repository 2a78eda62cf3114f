// @ts-check
/**
 * Runs before anything is painted or read: deletes what another person stored here, and sets the
 * colours and motion of this browser.
 *
 * It is not a module, because modules wait until the page is parsed, and the colours would change
 * visibly.
 */
(() => {
  const { dataset } = document.documentElement;
  // Delete one person's data before another person's page reads it.
  const { person } = dataset;
  for (const store of person ? [() => sessionStorage, () => localStorage] : []) {
    try {
      const before = store().getItem("attune.person");
      if (before && before !== person) {
        store().clear();
        indexedDB.deleteDatabase("attune-outbox");
      }
      store().setItem("attune.person", /** @type {string} */ (person));
    } catch { /* Blocked storage contains nothing. */ }
  }
  const chosen = (/** @type {string} */ name) => {
    try { return localStorage.getItem(`attune.${name}`); } catch { return null; }
  };
  const [theme, motion] = [chosen("theme"), chosen("motion")];
  if (theme === "light" || theme === "dark") dataset.theme = theme;
  if (motion === "less") dataset.motion = motion;
})();
