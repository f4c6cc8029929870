// SPDX-License-Identifier: MIT
// The chat as people use it: two tabs of a browser, each connected to a
// worker process of its own.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
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
const browser = await playwright.chromium.launchPersistentContext(profile, {
	executablePath,
	headless: true,
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
	    "--no-first-run", "--disable-background-networking",
	    "--disable-component-update", "--disable-sync"]
});
const pictures = join(process.env.top_builddir ?? ".", "tests/integration");
mkdirSync(pictures, { recursive: true });
cleanup(() => rmSync(profile, { recursive: true, force: true }));
cleanup(() => browser.close());

const chat = new Program("apps/chat/chat",
    ["--listen", "chat=http://127.0.0.1:0"]);
cleanup(() => chat.end());
chat.expected.push(/was killed by SIGKILL/);
await chat.start();
const port = await chat.port("chat");

const complaints = [];
const connected = (page) =>
	page.locator("#state", { hasText: /^Connected$/ }).waitFor();
const slotOf = (page) => page.getAttribute("#state", "title");

// What goes wrong in a tab is collected.
function watch(page) {
	page.setDefaultTimeout(15_000);
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("console", (line) => {
		// The failing attempts to connect again are the browser's to tell.
		if (line.type() === "error" && !/WebSocket connection/.test(
		    line.text()))
			complaints.push(line.text());
	});
}

// A tab in the room, at another worker than the one in `not`.
async function enter(name, room, not) {
	const page = await browser.newPage();
	watch(page);
	await page.goto(`http://127.0.0.1:${port}/`);
	await page.getByLabel("Your name").fill(name);
	await page.getByLabel("Room", { exact: true }).fill(room);
	await page.keyboard.press("Enter");
	await connected(page);
	for (let tries = 0; not && await slotOf(page) === not; tries++) {
		assert.ok(tries < 100, "always the same worker");
		await page.reload();      // the tab comes back as the same person
		await connected(page);
	}
	return page;
}

const message = (page, text) =>
	page.locator(".message:not(.pending)", { hasText: text });
const latest = (page, text) =>
	page.locator("#log > li:last-child", { hasText: text }).waitFor();
const person = (page, name) => page.locator("#people").getByText(name,
    { exact: true });

async function say(page, text) {
	await page.getByRole("textbox", { name: "Message" }).fill(text);
	await page.keyboard.press("Enter");
	await message(page, text).waitFor();
}

const ada = await enter("Ada", "lobby");
const bob = await enter("Bob", "lobby", await slotOf(ada));

test("two tabs at two workers see each other's names", async () => {
	assert.notEqual(await slotOf(ada), await slotOf(bob));
	for (const page of [ada, bob])
		for (const name of ["Ada", "Bob"])
			await person(page, name).waitFor();
	await ada.getByText("2 people", { exact: true }).waitFor();
});

test("they talk, and what they write is text", async () => {
	await say(ada, "Hello, Bob!");
	await message(bob, "Hello, Bob!").waitFor();
	await say(bob, "<img src=x onerror=alert(1)> https://example.org/a.");
	await message(ada, "<img src=x onerror=alert(1)>").waitFor();
	assert.equal(await ada.locator("#log img").count(), 0);
	assert.equal(await ada.getByRole("link").last().getAttribute("href"),
	    "https://example.org/a");
});

test("a private message is for one person", async () => {
	const eve = await enter("Eve", "lobby");
	await person(ada, "Eve").waitFor();
	await ada.getByRole("button", { name: "Write privately to Bob" }).click();
	await say(ada, "between us");
	await bob.locator(".whisper", { hasText: "between us" }).waitFor();
	await ada.keyboard.press("Escape");
	await say(ada, "for everybody");
	await message(eve, "for everybody").waitFor();
	assert.equal(await message(eve, "between us").count(), 0);
	await eve.close();
	await latest(ada, "Eve left");
});

test("people change rooms and see who is there", async () => {
	await bob.getByLabel("Another room").fill("kitchen");
	await bob.keyboard.press("Enter");
	await bob.getByRole("heading", { name: "kitchen" }).waitFor();
	await latest(ada, "Bob left");
	await ada.getByRole("button", { name: "kitchen, 1 person" }).waitFor();
	await bob.getByRole("button", { name: "lobby, 1 person" }).click();
	await latest(ada, "Bob came in");
	await person(ada, "Bob").waitFor();
});

test("a second Ada gets another name", async () => {
	const second = await enter("ada", "lobby");
	await person(ada, "ada-2").waitFor();
	await second.getByText("you joined lobby as ada-2").waitFor();
	await second.getByRole("button", { name: "Leave" }).click();
	await second.getByLabel("Your name").waitFor();
	await latest(ada, "ada-2 left");
	await second.close();
});

test("a killed worker costs one leave and one join", async () => {
	const log = () => bob.locator(".notice", { hasText: /^Ada / }).count();
	const before = await log();
	const slot = Number((await slotOf(ada)).match(/\d+$/)[0]);
	process.kill(await chat.pid("chat", slot), "SIGKILL");
	await latest(bob, "Ada left");
	await latest(bob, "Ada came in");
	await connected(ada);
	assert.equal(await log(), before + 2);
	for (const name of ["Ada", "Bob"])
		await person(ada, name).waitFor();
});

test("a copy of the tab takes over, and gives back", async () => {
	const copy = await browser.newPage();
	watch(copy);
	const kept = await bob.evaluate(() => ({ ...sessionStorage }));
	await copy.addInitScript((entries) => {
		for (const [key, value] of Object.entries(entries))
			sessionStorage.setItem(key, value);
	}, kept);
	await copy.goto(`http://127.0.0.1:${port}/`);
	await connected(copy);
	await bob.getByText("You are chatting in another tab").waitFor();
	await bob.getByRole("button", { name: "Use this one" }).click();
	await connected(bob);
	await copy.getByText("You are chatting in another tab").waitFor();
	await copy.close();
	await ada.getByText("2 people", { exact: true }).waitFor();
});

test("the chat comes back by itself after the server did", async () => {
	const again = (page) => page.getByText("Connected again");
	const before = new Map();
	for (const page of [ada, bob])
		before.set(page, await again(page).count());
	await chat.stop();
	await ada.getByText("Connection lost").waitFor();
	await ada.getByRole("textbox", { name: "Message" }).fill("typed offline");
	await ada.keyboard.press("Enter");
	await chat.start("--listen", `chat=http://127.0.0.1:${port}`);
	for (const page of [ada, bob]) {
		await again(page).nth(before.get(page)).waitFor();
		await connected(page);
		for (const name of ["Ada", "Bob"])
			await person(page, name).waitFor();
	}
	assert.equal(await ada.inputValue("#text"), "typed offline");
	await ada.locator("#text").press("Enter");
	await message(bob, "typed offline").waitFor();
	assert.equal(await message(bob, "typed offline").count(), 1);
	assert.ok(await ada.getByText("Connection lost").isHidden());
});

test("nothing was complained about", async () => {
	await ada.screenshot({ path: join(pictures, "chat_page.png") });
	await ada.setViewportSize({ width: 390, height: 780 });
	await ada.screenshot({ path: join(pictures, "chat_page_phone.png") });
	assert.deepEqual(complaints, []);
});

await run();
