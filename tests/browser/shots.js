// Screenshots, for people to look at.

/** Pictures of the page as it looks in several circumstances, into a folder. */
export async function shots(browser, url, folder) {
  const take = async (name, { width = 1440, height = 1000, dark = false, hash = "lang=en", act, full = false }) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", locale: "en-US", reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(`${url}#${hash}`);
    await page.locator(".cell").first().waitFor();
    if (act) await act(page);
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: full });
    await context.close();
  };
  const press = (selector) => async (page) => { await page.locator(selector).click(); await page.locator("#drawer[open]").waitFor(); };
  await take("light", {});
  await take("dark", { dark: true });
  await take("whole", { height: 2400, full: true });
  await take("chinese", { hash: "lang=zh&resume=ouyang-jing" });
  await take("phone", { width: 390, height: 844 });
  await take("phone-dark", { width: 390, height: 844, dark: true, act: async (page) => page.locator("#scroller").scrollIntoViewIfNeeded() });
  await take("cell", { act: press('.cell[data-viewer="applied-recruiter"][data-class="phone"]') });
  await take("cell-dark", { dark: true, act: press('.cell[data-viewer="headhunter"][data-class="employer"]') });
  await take("cell-phone", { width: 390, height: 844, act: press('.cell[data-viewer="applied-recruiter"][data-class="phone"]') });
  await take("viewer", { act: press('.head[data-viewer="headhunter"]') });
  await take("viewer-chinese", { hash: "lang=zh", act: press('.head[data-viewer="applied-recruiter"]') });
  await take("closed", { act: press('.head[data-viewer="current-employer"]') });
  await take("off", { act: async (page) => {
    for (const id of ["phoneProtected", "nameProtected"]) {
      await page.locator(`#${id}`).click();
      await page.locator(`#${id}[aria-checked="false"]`).waitFor();
    }
  } });
  await fetch(new URL("/api/settings?resume=zhang-san", url), { method: "DELETE" });
}
