// @ts-check
/** Where a vendored library lies, once every file of it proved to be the one meant. */

const VENDOR = new URL("../../../vendor/", import.meta.url).href;

/**
 * Fetches all files of a library against their digests; they stay in the browser's cache, from
 * where the library takes them. @param {string} name @returns {Promise<string>} its folder
 */
export async function fetched(name) {
  const { LIBRARIES } = await import(`${VENDOR}libraries.js`);
  const { folder, files } = LIBRARIES[name];
  const base = `${VENDOR}${folder}/`;
  await Promise.all(Object.entries(files).map(async ([file, integrity]) => {
    const answer = await fetch(`${base}${file}`, { integrity });
    if (!answer.ok) throw new Error(`expected the file ${file} of ${name}, got ${answer.status}`);
  }));
  return base;
}
