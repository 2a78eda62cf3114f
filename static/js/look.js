// @ts-check
/**
 * Before anything is painted: the colours and the motion that were chosen for this browser. No
 * module, since modules wait until the page is read and the colours would change before one's eyes.
 */
(() => {
  const { dataset } = document.documentElement;
  const chosen = (/** @type {string} */ name) => {
    try { return localStorage.getItem(`attune.${name}`); } catch { return null; }
  };
  const [theme, motion] = [chosen("theme"), chosen("motion")];
  if (theme === "light" || theme === "dark") dataset.theme = theme;
  if (motion === "less") dataset.motion = motion;
})();
