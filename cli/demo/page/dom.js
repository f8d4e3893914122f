// Small helpers. Text goes in as text, never as markup: what a résumé says cannot become a script.
const at = (id) => document.getElementById(id);
let language = "en";
const t = () => TEXTS[language];

/** An element with attributes and children; a child may be a text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((c) => c != null && c !== false));
  return element;
}

/** A group of buttons of which one is checked, as a radio group: arrow keys choose. */
function segments(id, options, chosen, choose) {
  const group = at(id);
  group.choose = choose;
  const tabbable = options.some((o) => o[0] === chosen) ? chosen : options[0][0];
  const attributes = (value) => ({ "aria-checked": String(value === chosen), tabindex: value === tabbable ? "0" : "-1" });
  const same = group.children.length === options.length && options.every(([value], i) => group.children[i].dataset.value === value);
  if (same) {
    // The buttons stay: one that is being pressed must not be taken away under the finger.
    options.forEach(([value, label], i) => {
      const button = group.children[i];
      for (const [name, text] of Object.entries(attributes(value))) button.setAttribute(name, text);
      if (button.textContent !== label) button.textContent = label;
    });
    return;
  }
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = options.findIndex((o) => o[0] === event.currentTarget.dataset.value);
    const next = options[(index + step + options.length) % options.length][0];
    group.choose(next);
    group.querySelector(`[data-value="${next}"]`).focus();
  };
  group.replaceChildren(...options.map(([value, label]) => make("button", {
    type: "button", role: "radio", "data-value": value, ...attributes(value), onclick: () => group.choose(value), onkeydown: move,
  }, label)));
}

/** Makes an element what another is, keeping the nodes that are alike: focus, scroll and a press in
 *  progress stay where they are. */
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  if (old.childNodes.length !== fresh.childNodes.length) old.replaceChildren(...fresh.childNodes);
  else [...fresh.childNodes].forEach((child, i) => morph(old.childNodes[i], child));
}

/** Asks the demo. Everything is evaluated there. */
async function ask(path, query, options = {}) {
  try {
    const response = await fetch(`${path}?${new URLSearchParams(query)}`, options);
    if (!response.ok) throw new Error(String(response.status));
    at("failure").hidden = true;
    return await response.json();
  } catch (error) {
    at("failure").textContent = t().ended;
    at("failure").hidden = false;
    throw error;
  }
}

function announce(text) {
  at("live").textContent = text;
}

/** Cedar with its comments, texts and words told apart. */
function cedar(source) {
  const pattern = /(\/\/[^\n]*)|("(?:[^"\\]|\\.)*")|(@\w+)|\b(permit|forbid|when|unless|principal|action|resource|context|in|has|is|like|if|then|else|true|false)\b/g;
  const pre = make("pre", { tabindex: 0 });
  let from = 0;
  for (const match of source.matchAll(pattern)) {
    pre.append(source.slice(from, match.index));
    const kind = ["c", "s", "a", "k"][match.slice(1).findIndex((m) => m !== undefined)];
    pre.append(make("span", { class: kind }, match[0]));
    from = match.index + match[0].length;
  }
  pre.append(source.slice(from));
  return pre;
}
