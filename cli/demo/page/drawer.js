// What opens beside the matrix: one cell with the policies that decided, or a viewer's whole answer.
let opened = null;

function showDrawer(kicker, title, wide, ...content) {
  const drawer = at("drawer");
  drawer.classList.toggle("wide", wide);
  at("drawer-kicker").textContent = kicker;
  at("drawer-title").textContent = title;
  at("drawer-body").replaceChildren(...content.filter(Boolean));
  if (!drawer.open) { drawer.showModal(); drawer.scrollTop = 0; at("drawer-title").focus(); }
}

function afterClosing() {
  opened = null;
  at("grid").lines?.[place[0]]?.[place[1]]?.focus();
}

const list = (items) => items.length ? items.join(t().separator) : t().none;

function obligations(names) {
  return [make("h3", {}, t().obligations), names.length
    ? make("ul", { class: "owed" }, ...names.map((n) => make("li", { style: "margin-left:1.2rem" }, make("code", {}, n), t().owed[n] ? ` ${t().owed[n]}` : "")))
    : make("p", {}, t().noObligations)];
}

function policies(sources) {
  return sources.map((source) => make("article", { class: "policy", "data-policy": source.id },
    make("header", {}, make("span", {}, make("b", { class: source.effect }, source.effect), " ", make("strong", {}, source.id)),
      make("code", {}, `${source.file}:${source.line}`)),
    make("dl", {}, make("dt", {}, t().basis), make("dd", {}, source.basis ?? t().none),
      make("dt", {}, t().owes), make("dd", {}, list(source.obligations))),
    cedar(source.text)));
}

function gateParts(gate) {
  return [make("h3", {}, t().gateTitle),
    make("p", {}, gate.answer === "open" ? t().gateOpen : t().gateShut[gate.answer], " ", gate.refused ? `${gate.refused}. ` : "",
      gate.policies.length ? make("code", {}, gate.policies.join(", ")) : t().noPolicy)];
}

function rungParts(rung) {
  const ids = rung.policies.join(", ");
  const how = rung.allowed ? t().permitted(ids) : ids ? t().refused(ids) : t().unpermitted;
  const state = rung.taken ? t().taken : rung.allowed ? t().allowed : null;
  return make("li", { class: rung.taken ? "taken" : rung.allowed ? "" : "refused", "data-rung": rung.rendering },
    make("code", {}, rung.rendering), state ? ` · ${state}` : "",
    make("small", {}, how, rung.errors.length ? ` · ${t().erred(rung.errors.join(", "))}` : ""));
}

async function openCell(viewer, id) {
  const cell = await ask("/api/cell", { ...chosen(), viewer, class: id });
  opened = () => openCell(viewer, id);
  const column = matrix.viewers.find((v) => v.name === viewer);
  const row = matrix.classes.findIndex((c) => c.id === id);
  const kind = kindOf(column, row);
  const shut = cell.gate.answer !== "open";
  const deciding = new Set(shut ? cell.gate.policies : [...cell.gate.policies, ...cell.ladder.flatMap((r) => r.policies)]);
  // What decided this class stands before what opened the gate.
  const order = (source) => !shut && cell.gate.policies.includes(source.id) ? 1 : 0;
  showDrawer(`${viewerName(viewer)} · ${t().views[matrix.view] ?? matrix.view}`, className(id), false,
    make("div", { class: "outcome", "data-kind": kind, id: "outcome" }, make("strong", {}, `${MARKS[kind]} ${t().outcome}: ${t().kinds[kind]}`), kind === "remove" ? "" : cellText(column, row)),
    make("h3", {}, t().ladder),
    shut ? make("p", {}, t().gateFirst) : cell.ladder.some((r) => r.taken) ? null : make("p", {}, t().nothingTaken),
    make("ol", { class: "ladder" }, ...cell.ladder.map(rungParts)),
    ...gateParts(cell.gate),
    make("h3", {}, t().policies), ...policies(cell.sources.filter((s) => deciding.has(s.id)).sort((a, b) => order(a) - order(b))),
    deciding.size ? null : make("p", {}, t().noPolicy),
    ...obligations(cell.obligations),
    make("h3", {}, t().paths), fieldsTable(cell.fields));
}

function fieldsTable(fields) {
  return make("table", { class: "fields" },
    make("thead", {}, make("tr", {}, ...[t().path, t().before, t().after].map((h) => make("th", { scope: "col" }, h)))),
    make("tbody", {}, ...fields.map((field) => make("tr", {},
      make("td", {}, make("code", {}, field.path), make("div", {}, make("small", {}, field.rendering))),
      make("td", {}, field.original?.join(" · ") || "–"), make("td", { class: "after" }, field.shown?.join(" · ") || "–")))));
}

/** What a viewer sees, for the candidate to read. */
function plainWords(column) {
  if (column.gate.answer !== "open") return make("p", {}, t().seesNothing[column.gate.answer]);
  const lists = { whole: [], part: [], relay: [], not: [] };
  for (const index of grouped(matrix.classes).flatMap((group) => group[1])) {
    const row = matrix.classes[index];
    if (!row.original.length) continue;
    const { kind, shown } = column.cells[index];
    const name = className(row.id);
    const example = shown.length ? (language === "zh" ? `${name}（${shown[0]}）` : `${name} (${shown[0]})`) : name;
    if (kind === "reveal") lists.whole.push(name);
    else if (kind === "remove") lists.not.push(name);
    else if (kind === "relay") lists.relay.push(example);
    else lists.part.push(kind === "scrub" || kind === "part" ? name : example);
  }
  const words = [["whole", t().seesWhole], ["part", t().seesPart], ["relay", t().seesRelay], ["not", t().seesNot]];
  return make("dl", { class: "sees" }, ...words.filter(([key]) => lists[key].length)
    .flatMap(([key, label]) => [make("dt", {}, label), make("dd", {}, list(lists[key]))]));
}

/** The lines of a document, each told whether the other document has it too. */
function jsonLines(value, other, indent = "", name = "", comma = "") {
  const mark = (same, missing) => missing ? "removed" : same ? "same" : "changed";
  const missing = other === undefined;
  const head = name ? `${JSON.stringify(name)}: ` : "";
  if (value === null || typeof value !== "object") {
    return [{ text: `${indent}${head}${JSON.stringify(value)}${comma}`, state: mark(value === other, missing) }];
  }
  const array = Array.isArray(value);
  const like = !missing && other !== null && typeof other === "object" && Array.isArray(other) === array;
  // Items that were dropped leave no trace of their place: such a list is compared by content.
  const match = (key) => !like ? undefined : !array || other.length === value.length ? other[key]
    : other.find((o) => JSON.stringify(o) === JSON.stringify(value[key]));
  const keys = Object.keys(value);
  const inside = keys.flatMap((key, i) =>
    jsonLines(value[key], match(key), `${indent}  `, array ? "" : key, i + 1 < keys.length ? "," : ""));
  const state = missing ? "removed" : "same";
  return [{ text: `${indent}${head}${array ? "[" : "{"}`, state }, ...inside, { text: `${indent}${array ? "]" : "}"}${comma}`, state }];
}

const jsonBlock = (lines) => make("pre", { tabindex: 0 }, ...lines.map((l) => make("span", { "data-state": l.state }, l.text.match(/^ */)[0], make("s", {}, l.text.trimStart()))));

async function openViewer(viewer) {
  const answer = await ask("/api/viewer", { ...chosen(), viewer });
  opened = () => openViewer(viewer);
  const column = matrix.viewers.find((v) => v.name === viewer);
  const before = JSON.parse(answer.original);
  const after = answer.shown === null ? null : JSON.parse(answer.shown);
  const path = `/${matrix.pack}/resumes/${matrix.resume}?view=${matrix.view}`;
  const command = `curl -i -H 'X-Demo-Viewer: ${viewer}' '${location.origin}${path}'`;
  const copy = make("button", { type: "button", class: "plain", onclick: async () => {
    await navigator.clipboard.writeText(command);
    copy.textContent = t().copied;
  } }, t().copy);
  const sent = make("div", { class: "sent", hidden: true });
  showDrawer(`${t().packs[matrix.pack] ?? matrix.pack} · ${t().views[matrix.view] ?? matrix.view}`, viewerName(viewer), true,
    make("h3", {}, t().sees), plainWords(column),
    ...gateParts(answer.gate),
    make("h3", {}, t().bodies),
    make("div", { class: "bodies" },
      make("section", { id: "shown-body" }, make("h4", {}, t().shownBody), after === null ? make("pre", {}, make("span", {}, `${answer.gate.status} · ${t().emptyBody}`)) : jsonBlock(jsonLines(after, before))),
      make("section", { id: "original-body" }, make("h4", {}, t().originalBody), jsonBlock(jsonLines(before, after ?? undefined)))),
    ...obligations(answer.obligations),
    make("h3", {}, t().factsTitle), make("p", {}, t().factsLead),
    make("details", {}, make("summary", {}, t().factsOpen), make("pre", { tabindex: 0 }, JSON.stringify(answer.facts, null, 2))),
    make("h3", {}, t().terminal),
    make("div", { class: "command" }, make("pre", {}, command), copy),
    make("p", { style: "margin-top:.6rem" }, make("button", { type: "button", class: "plain", id: "send", onclick: () => send(path, viewer, sent) }, t().send)),
    sent,
    answer.sources.length ? make("h3", {}, t().policies) : null, ...policies(answer.sources));
}

/** Sends a real request through the proxy, which is no dry run: the candidate may be told. */
async function send(path, viewer, into) {
  const response = await fetch(path, { headers: { "X-Demo-Viewer": viewer } });
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const body = await response.text();
  into.replaceChildren(make("pre", { tabindex: 0, "aria-label": t().sent }, `${response.status} ${response.statusText}\n${headers}\n\n${body}`));
  into.hidden = false;
  announce(`${t().sent}: ${response.status}`);
  await drawNotices();
}
