// What the page must do, each check on a page of its own with the settings as they begin.
import assert from "node:assert/strict";

const RECRUITERS = ["applied-recruiter", "other-job-recruiter", "headhunter", "blocklisted", "current-employer"];

/** Ways in which the true contact values and identities of the résumés are written in them. */
const TRUE_VALUES = {
  "zhang-san": ["13800138000", "138 0013 8000", "zhangsanfeng", "张三丰", "11010519491231002X", "10001000"],
  "ouyang-jing": ["13800138000", "138-0013-8000", "一三八零零一三八零零零", "ouyang.jing", "欧阳静", "11010519491231002X", "oyj_2013", "10002000"],
  "maria-doe": ["202-555-0143", "(202) 555-0143", "12025550143", "maria.doe", "11010519491231002X", "maria_doe_dc", "10003000"],
};

const cell = (page, viewer, id) => page.locator(`.cell[data-viewer="${viewer}"][data-class="${id}"]`);
const chip = (page, viewer) => page.locator(`.head[data-viewer="${viewer}"] .chip`);

async function open(page, url, hash = "lang=en&pack=liepin&view=detail&resume=zhang-san") {
  await page.goto(`${url}#${hash}`);
  await page.locator(".cell").first().waitFor();
}

/** Does something that changes the facts, and waits until the page shows a later revision. */
async function changing(page, action) {
  const before = Number(await page.locator("html").getAttribute("data-revision"));
  await action();
  await page.waitForFunction((b) => Number(document.documentElement.dataset.revision) > b, before);
}

const choose = async (page, group, value) => {
  await page.locator(`#${group} [data-value="${value}"]`).click();
  await page.waitForFunction(([g, v]) => document.querySelector(`#${g} [data-value="${v}"]`).getAttribute("aria-checked") === "true", [group, value]);
  await page.waitForFunction(() => {
    const value = (id) => document.querySelector(`#${id} [aria-checked="true"]`).dataset.value;
    return document.documentElement.dataset.shown === [value("pack"), value("view"), value("resume")].join(" ");
  });
};

/** All that a viewer's column says, in texts and in attributes. */
const column = (page, viewer) => page.locator(`[data-viewer="${viewer}"]`).evaluateAll((all) => all.map((e) => e.outerHTML).join("\n"));

async function noTrueValue(page, resume, viewers) {
  for (const viewer of viewers) {
    const text = await column(page, viewer);
    for (const value of TRUE_VALUES[resume]) assert(!text.includes(value), `${viewer} shows ${value}`);
  }
}

export const checks = [
  ["the matrix has six viewers, every class, and a legend that needs no colour", async (page, url) => {
    await open(page, url);
    assert.equal(await page.locator(".head").count(), 6);
    assert((await page.locator("tr[data-class]").count()) >= 30);
    assert.equal(await page.locator("#legend li").count(), 9);
    const marks = await page.locator("#legend b").allTextContents();
    assert.equal(new Set(marks).size, marks.length, "each kind has a mark of its own");
    assert.equal(await cell(page, "headhunter", "name").innerText().then((t) => t.includes("张**")), true);
    assert.equal(await cell(page, "headhunter", "name").getAttribute("data-kind"), "mask");
    assert.equal(await cell(page, "applied-recruiter", "phone").getAttribute("data-kind"), "relay");
    assert.equal(await chip(page, "blocklisted").innerText(), "403 · forbidden");
    assert.equal(await chip(page, "current-employer").innerText(), "404 · not found");
    assert.equal(await page.locator('.cell[data-kind="closed"]').count() % 2, 0);
  }],

  ["a click on a cell opens the policy that decided, with its file, basis and ladder", async (page, url) => {
    await open(page, url);
    await cell(page, "applied-recruiter", "phone").click();
    const policy = page.locator('[data-policy="protected-phone-is-never-real"]');
    await policy.waitFor();
    assert.match(await policy.innerText(), /policies\/liepin\/contact\.cedar:\d+/);
    assert.match(await policy.innerText(), /forbid \(principal is Recruiter/);
    assert.match(await policy.innerText(), /Liepin L1c/);
    assert.match(await page.locator(".ladder .taken").innerText(), /^relay/);
    assert.match(await page.locator(".ladder .refused").first().innerText(), /protected-phone-is-never-real/);
    assert.match(await page.locator("#drawer").innerText(), /relay-lease/);
    await page.locator("#close").click();
    assert.equal(await page.locator("#drawer").evaluate((d) => d.open), false);
  }],

  ["a click on a viewer opens the whole answer beside the original, and sends it for real", async (page, url) => {
    await open(page, url, "lang=en&pack=liepin&view=download&resume=zhang-san");
    await page.locator('.head[data-viewer="applied-recruiter"]').click();
    await page.locator("#shown-body pre").waitFor();
    const shown = await page.locator("#shown-body").innerText();
    for (const value of TRUE_VALUES["zhang-san"]) assert(!shown.includes(value), value);
    assert((await page.locator("#original-body").innerText()).includes("张三丰"));
    assert((await page.locator('#original-body [data-state="removed"]').count()) > 5);
    const before = await page.locator("#notices strong").count();
    await page.locator("#send").click();
    await page.locator(".sent pre").waitFor();
    assert.match(await page.locator(".sent pre").innerText(), /^200 OK[\s\S]*cache-control: no-store/);
    await page.waitForFunction((b) => document.querySelectorAll("#notices strong").length === b + 1, before);
    const notices = await page.locator("#notices").innerText();
    for (const value of TRUE_VALUES["zhang-san"]) assert(!notices.includes(value), value);
  }],

  ["with the phone protected no recruiter's cell has the real number, in any view or pack", async (page, url) => {
    await open(page, url);
    const packs = await page.locator("#pack button").evaluateAll((all) => all.map((b) => b.dataset.value));
    const views = await page.locator("#view button").evaluateAll((all) => all.map((b) => b.dataset.value));
    assert(packs.includes("liepin") && packs.includes("zhaopin") && views.length === 4);
    for (const resume of Object.keys(TRUE_VALUES)) {
      await choose(page, "resume", resume);
      for (const id of ["phoneProtected", "nameProtected"]) {
        if (await page.locator(`#${id}`).getAttribute("aria-checked") === "false") await changing(page, () => page.locator(`#${id}`).click());
      }
      for (const pack of packs) {
        await choose(page, "pack", pack);
        for (const view of views) {
          await choose(page, "view", view);
          await noTrueValue(page, resume, RECRUITERS);
        }
      }
    }
  }],

  ["the switch of the phone changes what it must, and nothing for those without an application", async (page, url) => {
    await open(page, url);
    await changing(page, () => page.locator("#phoneProtected").click());
    assert.match(await cell(page, "applied-recruiter", "phone").innerText(), /13800138000/);
    assert.equal(await cell(page, "applied-recruiter", "phone").getAttribute("data-kind"), "reveal");
    assert(!(await column(page, "headhunter")).includes("13800138000"));
    assert(!(await column(page, "other-job-recruiter")).includes("13800138000"));
    assert.match(await page.locator("#live").innerText(), /cells? changed/);
    await changing(page, () => page.locator("#phoneProtected").click());
    assert.equal(await cell(page, "applied-recruiter", "phone").getAttribute("data-kind"), "relay");
    await changing(page, () => page.locator("#nameProtected").click());
    assert.equal(await cell(page, "headhunter", "name").innerText().then((t) => t.includes("张三丰")), true);
    await changing(page, () => page.locator("#reset").click());
    assert.match(await cell(page, "headhunter", "name").innerText(), /张\*\*/);
  }],

  ["private is not found, blocklisted is forbidden, an employer finds nothing, an application opens", async (page, url) => {
    await open(page, url);
    const fact = (name, viewer) => page.locator(`[data-fact="${name}"][data-viewer="${viewer}"]`);
    await changing(page, () => page.locator('#visibility [data-value="private"]').click());
    for (const viewer of ["other-job-recruiter", "headhunter", "current-employer"]) {
      assert.equal(await chip(page, viewer).innerText(), "404 · not found", viewer);
    }
    assert.equal(await chip(page, "applied-recruiter").innerText(), "200 · shown", "the team of the job applied to");
    await changing(page, () => fact("applied", "applied-recruiter").click());
    assert.equal(await chip(page, "applied-recruiter").innerText(), "404 · not found");
    await changing(page, () => page.locator('#visibility [data-value="full"]').click());
    await changing(page, () => fact("blocklisted", "headhunter").click());
    assert.equal(await chip(page, "headhunter").innerText(), "403 · forbidden");
    await changing(page, () => fact("blocklisted", "headhunter").click());
    await changing(page, () => fact("applied", "headhunter").click());
    assert.equal(await cell(page, "headhunter", "phone").getAttribute("data-kind"), "relay");
    await changing(page, () => fact("currentEmployer", "headhunter").click());
    assert.equal(await chip(page, "headhunter").innerText(), "404 · not found");
    assert.equal(await chip(page, "current-employer").innerText(), "200 · shown", "no longer the employer");
  }],

  ["everything can be reached and done with the keyboard alone", async (page, url) => {
    await open(page, url);
    const focused = () => page.evaluate(() => { const e = document.activeElement; return { ...e.dataset, id: e.id, role: e.getAttribute("role"), text: e.textContent }; });
    for (let i = 0; i < 30 && (await focused()).viewer === undefined; i += 1) await page.keyboard.press("Tab");
    assert.deepEqual([(await focused()).line, (await focused()).column], ["0", "0"], "Tab reaches the grid");
    assert.equal(await page.locator('#grid [tabindex="0"]').count(), 1, "one place of the grid is in the order of Tab");
    await page.keyboard.press("End");
    assert.equal((await focused()).column, "5");
    await page.keyboard.press("Home");
    for (let i = 0; i < 4; i += 1) await page.keyboard.press("ArrowDown");
    const first = await focused();
    assert.equal(first.line, "4");
    await page.keyboard.press("Enter");
    await page.locator("#drawer[open]").waitFor();
    assert.equal((await focused()).id, "drawer-title", "the focus goes into the dialog");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.getElementById("drawer").open);
    assert.deepEqual([(await focused()).line, (await focused()).class], ["4", first.class], "and comes back to the cell");
    await page.keyboard.press("ArrowUp");
    const fact = await focused();
    assert.equal(fact.line, "3");
    await page.keyboard.press("Control+End");
    assert.equal((await focused()).column, "5");
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    assert.equal((await focused()).role, "switch");
    await changing(page, () => page.keyboard.press("Space"));
    assert.equal((await focused()).role, "switch", "a switch keeps the focus");
    await page.locator('#view [aria-checked="true"]').focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator('#view [aria-checked="true"]').getAttribute("data-value"), (await focused()).value);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, "solid", "the focus can be seen");
  }],

  ["both languages say the same things, and the choice stays in the address", async (page, url) => {
    await open(page, url);
    const [en, zh] = await page.evaluate(() => {
      const shape = (v) => typeof v === "object" ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, shape(v[k])])) : typeof v;
      return [shape(TEXTS.en), shape(TEXTS.zh)];
    });
    assert.deepEqual(en, zh);
    await page.locator('#language [data-value="zh"]').click();
    assert.match(await page.locator(".lead").innerText(), /查看者/);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-Hans");
    assert.match(await page.locator('.head[data-viewer="headhunter"]').innerText(), /猎头/);
    await cell(page, "headhunter", "name").click();
    await page.locator("#drawer .ladder").waitFor();
    assert.match(await page.locator("#drawer").innerText(), /阶梯/);
    await page.keyboard.press("Escape");
    await page.locator('.head[data-viewer="headhunter"]').click();
    await page.locator("#drawer .sees").waitFor();
    assert.match(await page.locator("#drawer .sees").innerText(), /姓名（张\*\*）/);
    await page.keyboard.press("Escape");
    assert.match(page.url(), /lang=zh/);
    await page.locator('#language [data-value="en"]').click();
    assert.match(await page.locator(".lead").innerText(), /viewer/);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length), 0);
  }],

  ["every class and viewer of the packs has a name in both languages", async (page, url) => {
    await open(page, url);
    const unnamed = await page.evaluate(async () => {
      const about = await (await fetch("/api/demo")).json();
      const found = [];
      for (const pack of about.packs) {
        const query = new URLSearchParams({ pack: pack.name, view: pack.views[0], resume: about.resumes[0].name });
        const matrix = await (await fetch(`/api/matrix?${query}`)).json();
        for (const words of Object.values(TEXTS)) found.push(...matrix.viewers.map((v) => v.name).filter((v) => !words.viewers[v]));
        const known = GROUPS.flatMap((g) => g[2].map((c) => c[0]));
        found.push(...matrix.classes.map((c) => c.id).filter((c) => !known.includes(c)));
      }
      return found;
    });
    assert.deepEqual(unnamed, []);
  }],

  ["a narrow screen scrolls the matrix, not the page, and nothing moves when a cell changes", async (page, url) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open(page, url);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    const heights = () => page.locator("#grid tr").evaluateAll((rows) => rows.map((r) => r.getBoundingClientRect().height));
    const before = await heights();
    await changing(page, () => page.locator('#visibility [data-value="private"]').click());
    assert.deepEqual(await heights(), before);
  }],

  ["what a résumé says is text, never markup", async (page, url) => {
    await open(page, url);
    const made = await page.evaluate(() => make("p", {}, "<img src=x onerror=alert(1)>").childElementCount);
    assert.equal(made, 0);
    assert.equal(await page.evaluate(() => [...document.scripts].every((s) => !s.src) && document.querySelectorAll("link, img, iframe").length), 0);
  }],
];
