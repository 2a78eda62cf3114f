// @ts-check
/**
 * Answers to practice questions that were given offline: sent once each and in order, when the line
 * is back.
 *
 * They are in the memory of this page alone. The server knows an answer by the key of its form, so
 * one that arrived although the page heard nothing of it is not stored twice.
 */
import { one, toast } from "./dom.js";
import { inform } from "./form_error.js";
import { t } from "./i18n.js";
import { send, trouble } from "./send.js";
import { registerUnsent } from "./session/unsent_answers.js";
import { swap } from "./swap.js";

const AGAIN_MS = 10_000;
const KEPT = t("You are offline. Your answer is kept on this page and is sent when you are back online. Keep this page open.");
/** What may be over at the next try; anything else is an answer of the server. */
const LATER = ["offline", "timeout", "signed_out", "another_person", "wait", "broken"];

/** @typedef {{form: HTMLFormElement, url: string, request: import("./send.js").Wish}} Reply */

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

  /** Send what waits; several calls are one. */
  send() {
    clearTimeout(this.timer);
    this.sending ??= this.#sendAll().finally(() => { this.sending = undefined; });
    return this.sending;
  }

  async #sendAll() {
    const count = this.count;
    while (this.replies.length && await this.#sendOne(this.replies[0]));
    if (this.replies.length) this.#sendLater();
    else if (count) toast(t("You are back online. What you answered was sent."));
  }

  /** Return whether the server took or refused it. @param {Reply} reply */
  async #sendOne(reply) {
    const { form, url, request } = reply;
    const hasFocus = form.contains(document.activeElement);
    const wish = { ...request, quiet: true };
    // Elsewhere by now, its answer changes nothing on this page.
    const outcome = form.isConnected ? await swap(url, wish, (form.dataset.swap ?? "").split(" "))
      : { ...await send(url, { ...wish, expects: "page" }), swapped: false };
    if (LATER.includes(outcome.kind)) return false;
    this.replies = this.replies.filter((each) => each !== reply);
    if (outcome.swapped && hasFocus) one(form.dataset.focus ?? "")?.focus();
    if (!outcome.swapped && outcome.kind !== "done") toast(t("An answer was not saved. {why}", { why: trouble(outcome) }));
    return true;
  }

  #sendLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), AGAIN_MS);
  }
}

export const replies = new ReplyQueue();
registerUnsent({ count: () => replies.count, send: () => replies.send() }, new AbortController().signal);
addEventListener("online", () => void replies.send());
document.addEventListener("attune:signed-in", () => void replies.send());
addEventListener("beforeunload", (event) => { if (replies.count) event.preventDefault(); });
