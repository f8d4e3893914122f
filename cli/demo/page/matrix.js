// The matrix: drawn from what the demo answers. Cells that stay are changed in place.
const MARKS = { reveal: "●", part: "◐", scrub: "∿", mask: "∗", generalise: "≈", relay: "⇄", pseudonym: "#", remove: "–", closed: "×" };
let matrix = null;
let place = [0, 0];

const viewerName = (name) => t().viewers[name] ?? name;

/** What a cell is, as the legend has it: a closed gate counts before any rendering. */
const kindOf = (viewer, row) => viewer.gate.answer === "open" ? viewer.cells[row].kind : "closed";

/** What a cell says. */
function cellText(viewer, row) {
  if (viewer.gate.answer !== "open") return t().closed[viewer.gate.answer];
  const { shown } = viewer.cells[row];
  if (!shown.length) return matrix.classes[row].original.length ? t().kinds.remove : t().absent;
  return shown.join(" · ");
}

function drawLegend() {
  at("legend").replaceChildren(...Object.entries(MARKS).map(([kind, mark]) =>
    make("li", {}, make("b", { "data-kind": kind, "aria-hidden": "true" }, mark), t().kinds[kind])));
}

function drawMatrix(before) {
  const table = at("grid");
  const hadFocus = table.contains(document.activeElement);
  const viewers = matrix.viewers;
  const button = (line, column, attributes, ...children) =>
    make("button", { type: "button", tabindex: -1, "data-line": line, "data-column": column, ...attributes }, ...children);

  const head = make("tr", {},
    make("th", { scope: "col", class: "plain-head" }, t().classes),
    make("th", { scope: "col", class: "plain-head originals" }, t().original),
    ...viewers.map((viewer, column) => make("th", { scope: "col" }, button(0, column, {
      class: "head", "data-viewer": viewer.name, "aria-haspopup": "dialog",
    }, make("span", {}, viewerName(viewer.name)), make("span", { class: `chip ${viewer.gate.answer}` }, t().status[viewer.gate.answer])))));

  const body = make("tbody");
  body.append(groupRow(t().facts, viewers.length));
  ["applied", "blocklisted", "currentEmployer"].forEach((fact, index) => {
    const line = index + 1;
    body.append(make("tr", { class: "facts" }, make("th", { scope: "row" }, t()[fact]), make("td", { class: "original" }),
      ...viewers.map((viewer, column) => {
        const value = viewer[fact];
        return make("td", { role: "gridcell" }, button(line, column, value == null
          ? { class: "fact", "aria-disabled": "true", "aria-label": `${viewerName(viewer.name)}, ${t()[fact]}: ${t().none}` }
          : { class: "fact", role: "switch", "aria-checked": String(value), "data-fact": fact, "data-viewer": viewer.name,
              "aria-label": `${viewerName(viewer.name)}, ${t()[fact]}` },
          value == null ? "–" : make("i", { "aria-hidden": "true" }), value == null ? "" : value ? t().onText : t().offText));
      })));
  });

  let line = 4;
  let changes = 0;
  for (const [title, rows] of grouped(matrix.classes)) {
    body.append(groupRow(title, viewers.length));
    for (const row of rows) {
      const current = line++;
      const { id, original } = matrix.classes[row];
      body.append(make("tr", { "data-class": id }, make("th", { scope: "row" }, className(id)),
        make("td", { class: "original" }, make("span", { class: "two", title: original.join("\n") }, original.join(" · ") || t().absent)),
        ...viewers.map((viewer, column) => {
          const kind = kindOf(viewer, row);
          const text = cellText(viewer, row);
          const old = before?.viewers.find((v) => v.name === viewer.name);
          const changed = old && (old.gate.answer !== viewer.gate.answer || JSON.stringify(old.cells[row]) !== JSON.stringify(viewer.cells[row]));
          if (changed) changes += 1;
          const plain = kind === "closed" || kind === "remove";
          return make("td", { role: "gridcell" }, button(current, column, {
            class: changed ? "cell changed" : "cell", "data-kind": kind, "data-viewer": viewer.name, "data-class": id, "aria-haspopup": "dialog",
            "aria-label": `${viewerName(viewer.name)}, ${className(id)}: ${t().kinds[kind]}${plain ? "" : `, ${text}`}`,
          }, make("b", { "aria-hidden": "true" }, MARKS[kind]), make("span", { class: "two" }, plain ? make("em", {}, text) : text)));
        })));
    }
  }
  table.setAttribute("aria-label", `${t().packs[matrix.pack] ?? matrix.pack}, ${t().views[matrix.view] ?? matrix.view}`);
  morphChildren(table, make("table", {}, make("colgroup", {}, make("col", { class: "names" }), make("col", { class: "original" }), ...viewers.map(() => make("col"))),
    make("thead", {}, head), body));
  const lines = [];
  for (const element of table.querySelectorAll("[data-line]")) (lines[element.dataset.line] ??= [])[element.dataset.column] = element;
  table.lines = lines;
  settle(Math.min(place[0], lines.length - 1), Math.min(place[1], viewers.length - 1), hadFocus);
  return changes;
}

function groupRow(title, columns) {
  return make("tr", { class: "group" }, make("th", { scope: "rowgroup" }, title), make("td", { class: "original" }), make("td", { colspan: columns }));
}

/** One cell of the grid can be reached with Tab; the arrow keys move it. */
function settle(line, column, focus) {
  const { lines } = at("grid");
  lines[place[0]]?.[place[1]]?.setAttribute("tabindex", "-1");
  place = [line, column];
  const target = lines[line]?.[column];
  target?.setAttribute("tabindex", "0");
  if (focus) target?.focus();
}

function moveInGrid(event) {
  if (event.altKey || event.metaKey) return;
  const { lines } = at("grid");
  const columns = lines[0].length;
  let [line, column] = place;
  const { key, ctrlKey } = event;
  if (key === "ArrowDown") line += 1;
  else if (key === "ArrowUp") line -= 1;
  else if (key === "ArrowRight") column += 1;
  else if (key === "ArrowLeft") column -= 1;
  else if (key === "Home") { column = 0; if (ctrlKey) line = 0; }
  else if (key === "End") { column = columns - 1; if (ctrlKey) line = lines.length - 1; }
  else if (key === "PageDown") line += 8;
  else if (key === "PageUp") line -= 8;
  else return;
  event.preventDefault();
  settle(Math.max(0, Math.min(line, lines.length - 1)), Math.max(0, Math.min(column, columns - 1)), true);
}

/** What a press of a cell does, by what the cell is. */
function press(event) {
  const button = event.target.closest("button");
  const { line, viewer, fact, class: id } = button?.dataset ?? {};
  if (line === undefined) return;
  if (fact) changeFact(fact, viewer, button.getAttribute("aria-checked") !== "true");
  else if (id) openCell(viewer, id);
  else if (viewer) openViewer(viewer);
}

function followFocus(event) {
  const { line, column } = event.target.dataset;
  if (line !== undefined) settle(Number(line), Number(column), false);
}
