// @ts-check
/** A chart's downloads: its PNG is drawn here from its SVG file, at twice its size. */
import { all, toast } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const SCALE = 2;

/** @param {HTMLElement} row @param {AbortSignal} signal */
export function connect(row, signal) {
  const link = /** @type {HTMLAnchorElement} */ (row.querySelector("a"));
  for (const button of /** @type {HTMLButtonElement[]} */ (all("button", row))) {
    button.hidden = false;
    button.addEventListener("click", () => save(link.href, button), { signal });
  }
}

/** @param {string} address @param {HTMLButtonElement} button */
async function save(address, button) {
  button.disabled = true;
  try {
    const png = await draw(address);
    const file = document.createElement("a");
    file.href = URL.createObjectURL(png);
    file.download = button.dataset.file ?? "chart.png";
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 10_000);
  } catch {
    toast(t("The picture could not be saved. Download the SVG instead."));
  } finally {
    button.disabled = false;
    button.focus();
  }
}

/** @param {string} address @returns {Promise<Blob>} */
async function draw(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("the canvas gave no picture")))),
  );
}
