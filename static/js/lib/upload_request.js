// @ts-check
/** A request that reports how much of its body was sent, which fetch cannot. */

/**
 * @param {string} url @param {RequestInit} init
 * @param {(percent: number) => void} onProgress
 * @returns {Promise<Response>} rejects as fetch does
 */
export function fetchWithProgress(url, init, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const { signal } = init;
    if (signal?.aborted) return reject(signal.reason);
    request.open(init.method ?? "GET", url);
    for (const [name, value] of Object.entries(init.headers ?? {})) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(Math.floor(100 * event.loaded / event.total));
    });
    request.addEventListener("load", () => resolve(responseOf(request)));
    for (const event of ["error", "abort"]) request.addEventListener(event, () => reject(new TypeError(event)));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(/** @type {XMLHttpRequestBodyInit} */ (init.body ?? null));
  });
}

/** @param {XMLHttpRequest} request */
function responseOf(request) {
  const type = request.getResponseHeader("Content-Type");
  const headers = type ? { "Content-Type": type } : undefined;
  return new Response(request.status === 204 ? null : request.responseText, { status: request.status, headers });
}
