// What is chosen, what changes it, and drawing it all again. The choice stands in the address, so
// that a page can be shared; nothing else is remembered.
let demo = null;
const choice = { pack: null, view: null, resume: null };
const chosen = () => ({ pack: choice.pack, view: choice.view, resume: choice.resume });

async function refresh(quiet = false) {
  const before = matrix;
  const asked = JSON.stringify(chosen());
  const next = await ask("/api/matrix", chosen());
  // An answer that comes after a newer choice is dropped.
  if (asked !== JSON.stringify(chosen())) return;
  matrix = next;
  // The order of the texts: whoever sees most first, closed gates last.
  const order = Object.keys(TEXTS.en.viewers);
  const rank = (viewer) => (order.indexOf(viewer.name) + order.length + 1) % (order.length + 1);
  matrix.viewers.sort((a, b) => rank(a) - rank(b));
  const comparable = before && before.pack === matrix.pack && before.viewers.length === matrix.viewers.length && before.classes.length === matrix.classes.length;
  const changes = drawMatrix(comparable ? before : null);
  drawControls();
  document.documentElement.dataset.revision = matrix.revision;
  document.documentElement.dataset.shown = [matrix.pack, matrix.view, matrix.resume].join(" ");
  if (comparable && !(quiet && changes === 0)) announce(t().changed(changes));
  if (opened) await opened();
  await drawNotices();
}

function choose(what, value) {
  choice[what] = value;
  remember();
  drawControls();
  refresh();
}

function remember() {
  history.replaceState(null, "", `#${new URLSearchParams({ lang: language, ...chosen() })}`);
}

async function change(settings) {
  await ask("/api/settings", { resume: choice.resume }, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(settings) });
  await refresh();
}

function changeFact(fact, viewer, value) {
  if (fact === "currentEmployer") return change({ currentEmployer: value ? viewer : "" });
  return change({ [fact]: { [viewer]: value } });
}

function drawControls() {
  const pack = demo.packs.find((p) => p.name === choice.pack);
  segments("language", [["en", "English"], ["zh", "中文"]], language, setLanguage);
  segments("resume", demo.resumes.map((r) => [r.name, r.title]), choice.resume, (v) => choose("resume", v));
  segments("pack", demo.packs.map((p) => [p.name, t().packs[p.name] ?? p.name]), choice.pack, (v) => choose("pack", v));
  segments("view", pack.views.map((v) => [v, t().views[v] ?? v]), choice.view, (v) => choose("view", v));
  const settings = matrix?.settings ?? {};
  segments("visibility", Object.entries(t().visibilities), settings.visibility, (v) => change({ visibility: v }));
  for (const name of ["phoneProtected", "nameProtected"]) {
    const element = at(name);
    element.setAttribute("aria-checked", String(settings[name] === true));
    element.disabled = settings[name] == null;
  }
}

/** A time as the candidate's clock in Beijing has it. */
function when(time) {
  const words = { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short" };
  return time ? new Intl.DateTimeFormat(document.documentElement.lang, words).format(new Date(time)) : "";
}

async function drawNotices() {
  const notices = await ask("/api/notices", { resume: choice.resume });
  at("notices").replaceChildren(...(notices.length ? notices.map((notice) => make("li", {},
    make("strong", {}, t().notice(viewerName(notice.viewer), t().views[notice.view] ?? notice.view, when(notice.at))), " ",
    notice.whole.length ? t().noticeSaw(list(notice.whole.map(className))) : "", " ",
    notice.part.length ? t().noticePart(list(notice.part.map(className))) : "")) : [make("li", {}, t().noNotices)]));
}

function setLanguage(next) {
  language = next;
  document.documentElement.lang = next === "zh" ? "zh-Hans" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t()[element.dataset.text];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t()[element.dataset.label]);
  drawLegend();
  remember();
  if (!matrix) return;
  drawControls();
  drawMatrix(null);
  drawNotices();
  if (opened) opened();
}

async function start() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  language = ["en", "zh"].includes(wanted.get("lang")) ? wanted.get("lang") : navigator.language.startsWith("zh") ? "zh" : "en";
  demo = await ask("/api/demo", {});
  const views = Object.keys(TEXTS.en.views);
  for (const pack of demo.packs) pack.views.sort((a, b) => views.indexOf(a) - views.indexOf(b));
  const known = (list, name) => list.includes(name) ? name : null;
  const pack = demo.packs.find((p) => p.name === wanted.get("pack")) ?? demo.packs[0];
  choice.pack = pack.name;
  choice.view = known(pack.views, wanted.get("view")) ?? pack.view ?? pack.views[0];
  choice.resume = known(demo.resumes.map((r) => r.name), wanted.get("resume")) ?? demo.resumes[0].name;
  at("grid").addEventListener("keydown", moveInGrid);
  at("grid").addEventListener("focusin", followFocus);
  at("grid").addEventListener("click", press);
  at("close").addEventListener("click", () => at("drawer").close());
  at("drawer").addEventListener("close", afterClosing);
  at("drawer").addEventListener("click", (event) => { if (event.clientX && event.clientX < at("drawer").getBoundingClientRect().left) at("drawer").close(); });
  at("reset").addEventListener("click", async () => { await ask("/api/settings", { resume: choice.resume }, { method: "DELETE" }); await refresh(); });
  for (const name of ["phoneProtected", "nameProtected"]) at(name).addEventListener("click", () => change({ [name]: !matrix.settings[name] }));
  // Another page, or a command, may have changed the settings meanwhile.
  window.addEventListener("focus", () => refresh(true));
  setLanguage(language);
  await refresh();
}

start();
