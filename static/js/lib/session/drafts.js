// @ts-check
/** Texts being written, stored in this tab until they are sent, so that a reload loses nothing. */

/** @typedef {Record<string, string>} Fields */

const name = (/** @type {string} */ form) => `attune.draft.${form}`;

/** @param {Storage | undefined} store @param {string} form @returns {Fields} */
export function recallDraft(store, form) {
  try {
    return JSON.parse(store?.getItem(name(form)) ?? "{}");
  } catch {
    return {};
  }
}

/**
 * An empty form stores nothing.
 * @param {Storage | undefined} store @param {string} form @param {Fields} fields
 */
export function keepDraft(store, form, fields) {
  try {
    if (Object.values(fields).some((text) => text.trim())) store?.setItem(name(form), JSON.stringify(fields));
    else store?.removeItem(name(form));
  } catch {
    // Storage may be blocked or full: the text then lasts as long as the page.
  }
}
