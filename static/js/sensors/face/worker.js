// @ts-check
/**
 * Where the worker begins: a classic script, since one of the libraries comes by `importScripts`,
 * which modules lack. All that it does is in `worker_loop.js`.
 */
const looking = import("./worker_loop.js");
self.addEventListener("message", async ({ data }) => (await looking).hear(data));
