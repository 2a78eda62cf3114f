// @ts-check
import { csrf } from "../lib/page.js";

const BEGIN = "/api/v1/sittings/";

/** Ask for this page's Sitting; null where there is none to have. @param {{unit: string, scenario: string, page: string}} about */
export async function begin(about) {
  try {
    const answer = await fetch(BEGIN, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify(about),
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
