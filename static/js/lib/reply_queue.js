// @ts-check
/**
 * Answers to practice questions that were given offline: sent once each and in order, when the line
 * is back.
 *
 * They are in the memory of this page alone. The server knows an answer by the key of its form, so
 * one that arrived although the page heard nothing of it is not stored twice.
 */
import { one, toast } from "./dom.js";
import { complain, inform } from "./form_error.js";
import { t } from "./i18n.js";
import { send, trouble } from "./send.js";
import { registerUnsent } from "./session/unsent_answers.js";
import { swap } from "./swap.js";

const AGAIN_MS = 10_000;
const KEPT = t("You are offline. Your answer is kept on this page and is sent when you are back online. Keep this page open.");
/** What may be over at the next try; anything else is an answer of the server. */
const LATER = ["offline", "timeout", "signed_out", "another_person", "wait", "broken"];
/** A server that fails this often at one answer holds up the later ones no longer. */
const MOST_FAILURES = 6;

/** @typedef {{form: HTMLFormElement, url: string, request: import("./send.js").Wish, failures?: number}} Reply */

export class ReplyQueue {
  constructor() {
    /** @type {Reply[]} oldest first */
    this.replies = [];
    /** @type {Promise<void> | undefined} */
    this.sending = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  get count() {
    return this.replies.length;
  }

  /** Keep an answer in place of an earlier one from the same form. @param {Reply} reply */
  add(reply) {
    this.replies = [...this.replies.filter(({ form }) => form !== reply.form), reply];
    inform(reply.form, KEPT);
    this.#sendLater();
  }

  /** Send nothing of this any more. */
  discard() {
    clearTimeout(this.timer);
    this.replies = [];
  }

  /** Send what waits; several calls are one. */
  send() {
    clearTimeout(this.timer);
    this.sending ??= this.#sendAll().finally(() => { this.sending = undefined; });
    return this.sending;
  }

  async #sendAll() {
    const count = this.count;
    /** @type {import("./send.js").Kind | undefined} */
    let stopped;
    while (this.replies.length && !stopped) stopped = await this.#sendOne(this.replies[0]);
    // Where another person is signed in, only the first one's new sign-in helps.
    if (stopped && stopped !== "another_person") this.#sendLater();
    if (count && !this.count) toast(t("You are back online. What you answered was sent."));
  }

  /** Return why it waits on; undefined where the server took or refused it. @param {Reply} reply */
  async #sendOne(reply) {
    const { form, url, request } = reply;
    const hasFocus = form.contains(document.activeElement);
    const wish = { ...request, quiet: true };
    // Elsewhere by now, its answer changes nothing on this page.
    const outcome = form.isConnected ? await swap(url, wish, (form.dataset.swap ?? "").split(" "))
      : { ...await send(url, { ...wish, expects: "page" }), swapped: false };
    if (LATER.includes(outcome.kind) && !hasFailed(reply, outcome.kind)) return outcome.kind;
    this.replies = this.replies.filter((each) => each !== reply);
    if (outcome.swapped && hasFocus) one(form.dataset.focus ?? "")?.focus();
    if (!outcome.swapped && outcome.kind !== "done") {
      const why = t("An answer was not saved. {why}", { why: trouble(outcome) });
      // In place of the note that it waits.
      if (form.isConnected) complain(form, why);
      else toast(why);
    }
    return undefined;
  }

  #sendLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), AGAIN_MS);
  }
}

/**
 * Return whether the server has failed too often at this answer.
 * @param {Reply} reply @param {import("./send.js").Kind} kind
 */
function hasFailed(reply, kind) {
  if (kind !== "broken") return false;
  reply.failures = (reply.failures ?? 0) + 1;
  return reply.failures >= MOST_FAILURES;
}

export const replies = new ReplyQueue();
registerUnsent({ count: () => replies.count, send: () => replies.send() }, new AbortController().signal);
addEventListener("online", () => void replies.send());
document.addEventListener("attune:signed-in", () => void replies.send());
// At a sign-out the person was asked: what is still here is discarded.
document.addEventListener("attune:leaving", () => replies.discard());
addEventListener("beforeunload", (event) => { if (replies.count) event.preventDefault(); });
