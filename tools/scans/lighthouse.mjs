// @ts-check
/**
 * Lighthouse's scores of one page for one person. Reads its task from the pipe: where the modules
 * and Chromium are, the address, the cookies, how many loads. Writes a row for each device: of each
 * category the load in the middle, with the audits that took from its score.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const task = JSON.parse(readFileSync(0, "utf8"));
/** @param {string} path */
const bring = (path) => import(pathToFileURL(join(task.modules, path)).href);
const { default: lighthouse, desktopConfig } = await bring("lighthouse/core/index.js");
const { launch } = await bring("puppeteer-core/lib/esm/puppeteer/puppeteer-core.js");

/** @param {object | undefined} config */
async function load(config) {
  const browser = await launch({ executablePath: task.chromium, args: ["--no-sandbox"] });
  try {
    const domain = new URL(task.url).hostname;
    const cookies = Object.entries(task.cookies).map(([name, value]) => ({ name, value, domain, path: "/" }));
    await browser.setCookie(...cookies);
    const { lhr } = await lighthouse(task.url, { logLevel: "silent" }, config, await browser.newPage());
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    if (lhr.finalDisplayedUrl !== task.url) throw new Error(`was led to ${lhr.finalDisplayedUrl}`);
    return lhr;
  } finally {
    await browser.close();
  }
}

/** @param {any} lhr @param {any} category */
function lost(lhr, category) {
  return category.auditRefs
    .map((/** @type {any} */ ref) => ({ ...ref, score: lhr.audits[ref.id].score }))
    .filter((/** @type {any} */ { weight, score }) => weight > 0 && score !== null && score < 0.95)
    .sort((/** @type {any} */ a, /** @type {any} */ b) => b.weight * (1 - b.score) - a.weight * (1 - a.score))
    .map((/** @type {any} */ { id }) => `${id} ${lhr.audits[id].displayValue ?? ""}`.trim());
}

/** The load whose score is in the middle. @param {any[]} loads @param {string} id */
function middle(loads, id) {
  const sorted = loads.toSorted((a, b) => a.categories[id].score - b.categories[id].score);
  const lhr = sorted[Math.floor((sorted.length - 1) / 2)];
  return { score: lhr.categories[id].score, lost: lost(lhr, lhr.categories[id]) };
}

const rows = [];
for (const [device, config] of Object.entries({ desktop: desktopConfig, mobile: undefined })) {
  const loads = [];
  for (let n = 0; n < task.loads; n += 1) loads.push(await load(config));
  const categories = Object.fromEntries(Object.keys(loads[0].categories).map((id) => [id, middle(loads, id)]));
  // How quick this machine was meanwhile: a quiet one says more than a thousand.
  const benchmark = Math.round(Math.min(...loads.map((lhr) => lhr.environment.benchmarkIndex)));
  rows.push({ device, benchmark, categories });
}
process.stdout.write(JSON.stringify(rows));
