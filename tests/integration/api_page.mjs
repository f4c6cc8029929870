// SPDX-License-Identifier: MIT
// The page of the notes API in a browser: what a person does with it, and
// that nothing of a note is taken for markup.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, optional, run, skip, test } from "../support/tap.mjs";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const playwright = await optional(() => import("playwright-core"));
if (!playwright)
	skip("the node package playwright-core is not installed");
if (!existsSync(executablePath))
	skip("chromium is not installed");

const profile = mkdtempSync(join(tmpdir(), "wm-chromium-"));
cleanup(() => rmSync(profile, { recursive: true, force: true }));
const browser = await playwright.chromium.launchPersistentContext(profile, {
	executablePath,
	headless: true,
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
	    "--no-first-run", "--disable-background-networking",
	    "--disable-component-update", "--disable-sync"]
});
cleanup(() => browser.close());

const api = new Program("apps/api/api",
    ["--listen", "api=http://127.0.0.1:0"]);
cleanup(() => api.end());
await api.start();
const url = `http://127.0.0.1:${await api.port("api")}`;
const picture = join(process.env.top_builddir ?? ".",
    "tests/integration/api_page");

const complaints = [];
const page = await browser.newPage();
page.setDefaultTimeout(15_000);
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("console", (line) => {
	// A request that the API refuses is the browser's to tell.
	if (line.type() === "error" &&
	    !/status of 4\d\d/.test(line.text()))
		complaints.push(line.text());
});
page.on("dialog", (dialog) => dialog.accept());

const notes = page.locator("#notes > li");
const note = (title) => notes.filter({ has: page.getByRole("heading",
    { name: title, exact: true }) });
const title = page.getByLabel("Title", { exact: true });
const text = page.getByLabel("Text", { exact: true });
const state = (said) => page.getByRole("status").getByText(said).waitFor();

async function write(titleOf, textOf) {
	await title.fill(titleOf);
	await text.fill(textOf);
	await text.press("Tab");
	await page.keyboard.press("Enter");
}

test("an empty list says so", async () => {
	const answer = await page.goto(`${url}/`);
	assert.match(answer.headers()["content-security-policy"],
	    /^default-src 'none'; script-src 'self';/);
	await state("There are no notes yet.");
	assert.equal(await page.locator("#request").textContent(),
	    "GET /notes - 200 OK");
});

test("a note is created by keyboard, and the request shown", async () => {
	await write("Shopping", "milk\nbread");
	await state("Created.");
	await note("Shopping").getByText("milk").waitFor();
	assert.equal(await page.locator("#request").textContent(),
	    "POST /notes - 201 Created");
	const shown = JSON.parse(await page.locator("#answer").textContent());
	assert.equal(shown.text, "milk\nbread");
	assert.equal(await title.inputValue(), "");
});

test("markup in a note is only text", async () => {
	const evil = "<img src=x onerror=\"document.title='taken'\">";
	await write(evil, `</p><script>document.title = 'taken'</script>${evil}`);
	await note(evil).waitFor();
	assert.equal(await page.locator("#notes img, #notes script").count(), 0);
	assert.equal(await page.title(), "Notes");
});

test("what is wrong is said beside its field", async () => {
	await write(" ", "kept");
	await page.getByText("The title is blank.").waitFor();
	assert.equal(await title.getAttribute("aria-invalid"), "true");
	assert.ok(await title.evaluate((e) => e === document.activeElement));
	assert.equal(await text.inputValue(), "kept");
	assert.equal(await notes.count(), 2);
	await write("big", "x".repeat(70_000));
	await state("the body is over the limit");
	await write("small", "");
	await state("Created.");
	assert.equal(await page.getByText("The title is blank.").count(), 0);
});

test("a note is edited, and the edit can be left", async () => {
	await page.getByRole("button", { name: "Edit Shopping" }).click();
	await page.getByRole("heading", { name: "Edit the note" }).waitFor();
	assert.equal(await text.inputValue(), "milk\nbread");
	await page.getByRole("button", { name: "Cancel" }).click();
	await page.getByRole("heading", { name: "New note" }).waitFor();
	await page.getByRole("button", { name: "Edit Shopping" }).click();
	await write("Groceries", "milk");
	await state("Replaced.");
	await note("Groceries").waitFor();
	assert.equal(await note("Shopping").count(), 0);
});

test("a note is deleted, and stays away", async () => {
	await page.getByRole("button", { name: "Delete Groceries" }).click();
	await state("Deleted.");
	assert.equal(await note("Groceries").count(), 0);
	await page.reload();
	await note("small").waitFor();
	assert.equal(await notes.count(), 2);
});

test("a long list comes in pages", async () => {
	for (let i = 0; i < 30; i++)
		await fetch(`${url}/notes`, { method: "POST",
		    headers: { "Content-Type": "application/json" },
		    body: JSON.stringify({ title: `note ${i}`, text: "" }) });
	await page.reload();
	await note("note 17").waitFor();
	assert.equal(await notes.count(), 20);
	await page.getByRole("button", { name: "Show more" }).click();
	await note("note 29").waitFor();
	assert.equal(await notes.count(), 32);
	assert.ok(await page.getByRole("button", { name: "Show more" })
	    .isHidden());
});

test("a server that is away is said, and its return serves", async () => {
	await api.stop();
	await write("later", "");
	await state("the server cannot be reached");
	assert.equal(await title.inputValue(), "later");
	complaints.splice(0, complaints.length, ...complaints.filter((line) =>
	    !/ERR_CONNECTION_REFUSED/.test(line)));
	await api.start("--listen", `api=${url}`);
	await page.getByRole("button", { name: "Create" }).click();
	await note("later").waitFor();
});

test("nothing was complained about, on a phone neither", async () => {
	await page.screenshot({ path: `${picture}.png` });
	await page.setViewportSize({ width: 360, height: 740 });
	assert.ok(await page.evaluate(() =>
	    document.documentElement.scrollWidth <= innerWidth));
	await page.screenshot({ path: `${picture}-phone.png` });
	assert.deepEqual(complaints, []);
});

await run();
