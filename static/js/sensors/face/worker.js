// @ts-check
/**
 * The entry of the worker: a classic script, because one of the libraries needs `importScripts`,
 * which modules lack.
 *
 * Its whole work is in `worker_loop.js`.
 */
const looking = import("./worker_loop.js");
self.addEventListener("message", async ({ data }) => (await looking).hear(data));
