// @ts-check
/**
 * Before anything is painted and read: what another person stored here goes, and the colours and the
 * motion that were chosen for this browser are set. No module, since modules wait until the page is
 * read and the colours would change before one's eyes.
 */
(() => {
  const { dataset } = document.documentElement;
  // What one person left in this browser is gone before another person's page reads it.
  const { person } = dataset;
  for (const store of person ? [() => sessionStorage, () => localStorage] : []) {
    try {
      const before = store().getItem("attune.person");
      if (before && before !== person) {
        store().clear();
        indexedDB.deleteDatabase("attune-outbox");
      }
      store().setItem("attune.person", /** @type {string} */ (person));
    } catch { /* Closed storage holds nothing. */ }
  }
  const chosen = (/** @type {string} */ name) => {
    try { return localStorage.getItem(`attune.${name}`); } catch { return null; }
  };
  const [theme, motion] = [chosen("theme"), chosen("motion")];
  if (theme === "light" || theme === "dark") dataset.theme = theme;
  if (motion === "less") dataset.motion = motion;
})();
