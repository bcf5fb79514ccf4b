import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { isolation } from "../../tools/lib/isolation.mjs";
import { expect, expectLearned, strictPolicy, test, trainingScript } from "./module-support";
import { dist } from "./site";

const page = (script: string) =>
  `<!doctype html><html lang="en"><title>waiting</title><script type="module" src="${script}"></script></html>`;

test("a plain page elsewhere on the site imports the module from a sub-path, under a strict policy", async ({
  page: tab,
  here,
}) => {
  const complaints: string[] = [];
  tab.on("console", (message) => complaints.push(message.text()));
  here.headers = { "content-security-policy": strictPolicy };
  here.files = {
    "/outside/page.html": page("page.js"),
    "/outside/page.js": trainingScript("../some/where/livegrad.js"),
    "/favicon.ico": "", // browsers ask for one
  };
  await tab.goto(`${here.url}/outside/page.html`);
  await expectLearned(() => tab.title());
  expect(complaints).toEqual([]);
});

test("with cross-origin isolation", async ({ page: tab, here }) => {
  here.headers = { ...isolation };
  here.files = { "/page.html": page("page.js"), "/page.js": trainingScript("/some/where/livegrad.js") };
  await tab.goto(`${here.url}/page.html`);
  expect(await tab.evaluate(() => crossOriginIsolated)).toBe(true);
  await expectLearned(() => tab.title());
});

test("in Node, the calling thread trains, and data sets are found beside the module", async () => {
  const direct = pathToFileURL(path.join(dist, "direct.js")).href;
  const script = `
    const document = {};
    ${trainingScript(direct)}
    console.log(document.title);
    const names = (await (await createSession()).datasets.available()).map(({ name }) => name);
    console.log(names.join());
    process.exit();
  `;
  const { stdout } = await promisify(execFile)("node", ["--input-type=module", "--eval", script], {
    cwd: "/",
  });
  const [title, names] = stdout.trim().split("\n");
  await expectLearned(async () => title!);
  const manifest = JSON.parse(readFileSync(path.join(dist, "data/manifest.json"), "utf8")) as {
    sets: { name: string }[];
  };
  const images = manifest.sets.map(({ name }) => name).filter((name) => name !== "text");
  expect(names ?? "").toBe(images.join());
});

test("a page of another origin imports the module", async ({ page: tab, here, elsewhere }) => {
  elsewhere.headers = { "access-control-allow-origin": "*" };
  here.files = {
    "/page.html": page("page.js"),
    "/page.js": trainingScript(`${elsewhere.url}/some/where/livegrad.js`),
  };
  await tab.goto(`${here.url}/page.html`);
  await expectLearned(() => tab.title());
});

test("inside an iframe of another origin", async ({ page: tab, here, elsewhere }) => {
  elsewhere.headers = { "content-security-policy": strictPolicy };
  elsewhere.files = {
    "/frame.html": page("frame.js"),
    "/frame.js": trainingScript("./some/where/livegrad.js"),
  };
  here.files = {
    "/page.html": `<!doctype html><title>course</title><iframe src="${elsewhere.url}/frame.html"></iframe>`,
  };
  await tab.goto(`${here.url}/page.html`);
  const frame = () => tab.frames().find((each) => each.url().startsWith(elsewhere.url));
  await expect.poll(frame).toBeDefined();
  await expectLearned(() => frame()!.title());
});

test("inside a sandboxed iframe without an origin", async ({ page: tab, here, elsewhere }) => {
  elsewhere.headers = { "access-control-allow-origin": "*" };
  elsewhere.files = {
    "/frame.html": page("frame.js"),
    "/frame.js": trainingScript("./some/where/livegrad.js"),
  };
  here.files = {
    "/page.html": `<!doctype html><title>course</title><iframe sandbox="allow-scripts" src="${elsewhere.url}/frame.html"></iframe>`,
  };
  await tab.goto(`${here.url}/page.html`);
  const frame = () => tab.frames().find((each) => each.url().startsWith(elsewhere.url));
  await expect.poll(frame).toBeDefined();
  await expectLearned(() => frame()!.title());
});

test("what is missing is named", async ({ page: tab, here }) => {
  here.files = { "/page.html": page("page.js"), "/page.js": trainingScript("/some/where/livegrad.js") };
  await tab.route("**/*.wasm", (route) => route.abort());
  await tab.goto(`${here.url}/page.html`);
  await expect
    .poll(() => tab.title())
    .toMatch(/^failed: \[livegrad-\w+\.wasm\] The core could not be loaded/);

  await tab.unroute("**/*.wasm");
  await tab.route("**/worker-*.js", (route) => route.abort());
  await tab.reload();
  await expect.poll(() => tab.title()).toMatch(/^failed: \[worker\] The worker could not be started/);
});

test("without the policy's word for WebAssembly there is a clear sentence", async ({ page: tab, here }) => {
  here.headers = { "content-security-policy": strictPolicy.replace(" 'wasm-unsafe-eval'", "") };
  here.files = { "/page.html": page("page.js"), "/page.js": trainingScript("/some/where/livegrad.js") };
  await tab.goto(`${here.url}/page.html`);
  await expect.poll(() => tab.title()).toMatch(/wasm-unsafe-eval/);
});
