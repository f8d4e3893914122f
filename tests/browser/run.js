// Clicks through the demo's page. `node run.js URL` ends with 0 if every check holds. CHROMIUM names
// the browser, SHOTS a folder for screenshots; with SHOTS the page is looked at, not checked.
import { chromium } from "playwright-core";
import { checks } from "./checks.js";
import { shots } from "./shots.js";

const url = process.argv[2];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let failed = 0;
try {
  if (process.env.SHOTS) {
    await shots(browser, url, process.env.SHOTS);
  } else {
    for (const [name, check] of checks) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US", reducedMotion: "reduce" });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const wrong = [];
      page.on("console", (message) => { if (["error", "warning"].includes(message.type())) wrong.push(`console: ${message.text()}`); });
      page.on("pageerror", (error) => wrong.push(`error: ${error}`));
      page.on("request", (request) => { if (new URL(request.url()).origin !== new URL(url).origin) wrong.push(`request to ${request.url()}`); });
      try {
        for (const resume of ["zhang-san", "ouyang-jing", "maria-doe"]) {
          await fetch(new URL(`/api/settings?resume=${resume}`, url), { method: "DELETE" });
        }
        await check(page, url);
        if (wrong.length) throw new Error(wrong.join("\n"));
        console.log(`ok      ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAILED  ${name}\n${error.stack ?? error}`);
      }
      await context.close();
    }
    console.log(`${checks.length - failed} of ${checks.length} checks hold`);
  }
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;
