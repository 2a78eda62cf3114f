// @ts-check
import { send } from "../lib/send.js";

const BEGIN = "/api/v1/sittings/";

/**
 * Request this page's Sitting; null where there is none.
 * @param {{unit: string, scenario: string, page: string}} about
 */
export async function begin(about) {
  const { kind, data } = await send(BEGIN, { json: about, expects: "json", quiet: true });
  return kind === "done" ? data : null;
}
