// @ts-check
/** The folder of a vendored library, once each of its files matched its digest. */

const VENDOR = new URL("../../../vendor/", import.meta.url).href;

/**
 * Fetch all files of a library and check their digests; the library then reads them from the
 * browser's cache.
 * @param {string} name @returns {Promise<string>} its folder
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
