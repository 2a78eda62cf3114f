// The parts of a page that controllers use: elements read from the project's own templates, found
// by simple selectors, with bubbling events and one focus. Nothing is rendered.
import { readFileSync } from "node:fs";

const VOID = new Set(["input", "br", "img", "path", "circle", "rect"]);
const KEPT = /\{%\s*include\s+"([^"]+)"[^%]*%\}/g;
const SAID = /\{%\s*translate\s+"([^"]*)"\s*%\}/g;

/** Return the markup of a template with its includes, in English; Django's values stay empty. */
export const markup = (name) =>
  readFileSync(new URL(`../../templates/${name}`, import.meta.url), "utf8")
    .replace(KEPT, (_, inner) => markup(inner)).replace(SAID, "$1").replace(/\{[%#{][\s\S]*?[%#}]\}/g, "");

class Element extends EventTarget {
  parent = null;
  children = [];
  words = "";
  hidden = false;

  constructor(page, tag, attributes = {}) {
    super();
    Object.assign(this, { page, tag, attributes });
    this.dataset = new Proxy({}, {
      get: (_, key) => this.attributes[dashed(key)],
      set: (_, key, value) => { this.attributes[dashed(key)] = String(value); return true; },
    });
    this.hidden = "hidden" in attributes;
  }
  get id() { return this.attributes.id ?? ""; }
  get content() { return { firstElementChild: this.children[0] }; }
  get isConnected() { return this === this.page.body || Boolean(this.parent?.isConnected); }
  get textContent() { return this.words + this.children.map((each) => each.textContent).join(""); }
  set textContent(words) { this.children = []; this.words = words; }
  set className(names) { this.attributes.class = names; }
  set type(kind) { this.attributes.type = kind; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  removeAttribute(name) { delete this.attributes[name]; }
  append(...parts) { parts.forEach((part) => this.#take(part, this.children.length)); }
  prepend(part) { this.#take(part, 0); }
  #take(part, at) {
    if (typeof part === "string") { this.words += part; return; }
    part.parent = this;
    this.children.splice(at, 0, part);
  }
  replaceChildren(...parts) {
    this.children = [];
    this.append(...parts);
  }
  remove() {
    if (this.contains(this.page.activeElement)) this.page.activeElement = this.page.body;
    if (this.parent) this.parent.children = this.parent.children.filter((each) => each !== this);
    this.parent = null;
  }
  replaceWith(other) {
    const [{ parent }, at] = [this, this.parent.children.indexOf(this)];
    this.remove();
    parent.#take(other, at);
  }
  cloneNode() {
    const copy = new Element(this.page, this.tag, { ...this.attributes });
    copy.words = this.words;
    this.children.forEach((each) => copy.append(each.cloneNode()));
    return copy;
  }
  contains(other) { return Boolean(other) && (other === this || this.contains(other.parent)); }
  focus() { if (this.isConnected) this.page.activeElement = this; }
  querySelectorAll(selector) {
    // The content of a template is not part of the page.
    const inner = this.tag === "template" ? [] : this.children;
    return inner.flatMap((each) => [...(fitsPath(each, selector) ? [each] : []), ...each.querySelectorAll(selector)]);
  }
  querySelector(selector) { return this.querySelectorAll(selector)[0] ?? null; }
  matches(selector) { return fits(this, selector); }
  closest(selector) { return fits(this, selector) ? this : this.parent?.closest(selector) ?? null; }
  /** Dispatch an event here and on all ancestors. */
  rise(event) {
    this.dispatchEvent(event);
    this.parent?.rise(event);
  }
  click() { if (this.isConnected) this.rise(new Event("click")); }
  press(key) { this.rise(Object.assign(new Event("keydown"), { key })); }
}

const dashed = (key) => `data-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Return whether an element fits the last of these selectors, inside elements that fit the others. */
function fitsPath(element, selector) {
  const parts = selector.split(/\s+(?![^[]*\])/);
  if (!fits(element, parts.pop())) return false;
  return parts.length === 0 || Boolean(element.parent && inside(element.parent, parts));
}

const inside = (element, parts) =>
  Boolean(element) && (fitsPath(element, parts.join(" ")) || inside(element.parent, parts));

function fits(element, selector) {
  const [, tag, rest] = /^([a-z0-9]*)(.*)$/s.exec(selector);
  if (tag && element.tag !== tag) return false;
  return [...rest.matchAll(/#([\w-]+)|\.([\w-]+)|\[([\w-]+)(?:(~?)="([^"]*)")?\]/g)].every(
    ([, id, name, attribute, word, value]) => {
      if (id) return element.id === id;
      if (name) return (element.getAttribute("class") ?? "").split(" ").includes(name);
      if (word) return (element.getAttribute(attribute) ?? "").split(" ").includes(value);
      return value === undefined ? attribute in element.attributes : element.getAttribute(attribute) === value;
    });
}

/** A page with this markup in its body. */
export class Page extends EventTarget {
  cookie = "csrftoken=abc";

  constructor(html) {
    super();
    this.body = new Element(this, "body");
    this.activeElement = this.body;
    this.#read(html);
  }
  #read(html) {
    let at = this.body;
    for (const [, text, end, tag, inner] of html.matchAll(/([^<]+)|<(\/?)([a-z0-9]+)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)) {
      if (text) at.words += text.trim();
      else if (end) at = at.parent;
      else {
        const pairs = [...inner.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, key, value = ""]) => [key, value]);
        const element = new Element(this, tag, Object.fromEntries(pairs));
        at.append(element);
        if (!VOID.has(tag)) at = element;
      }
    }
  }
  adoptNode(element) {
    element.remove();
    element.page = this;
    element.querySelectorAll("").forEach((each) => { each.page = this; });
    return element;
  }
  createElement(tag) { return new Element(this, tag); }
  createElementNS(_, tag) { return new Element(this, tag); }
  getElementById(id) { return this.querySelector(`#${id}`); }
  querySelector(selector) { return this.body.querySelector(selector); }
  querySelectorAll(selector) { return this.body.querySelectorAll(selector); }
}

/** Open a page: it is the `document` from now on. */
export const open = (html) => (globalThis.document = new Page(html));
globalThis.DOMParser = class {
  parseFromString(html) { return new Page(html); }
};
