// SPDX-License-Identifier: MIT
// What a browser makes of it: fetch with streams, EventSource, which comes
// back by itself, and a form with a file.

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

const server = new Program("tests/support/http_server");
cleanup(() => server.end());
await server.start();
const page = await browser.newPage();
page.setDefaultTimeout(15_000);
await page.goto(`http://127.0.0.1:${await server.port("http")}/page`);

test("fetch reads a stream bit by bit", async () => {
	const { bytes, pieces } = await page.evaluate(async () => {
		const answer = await fetch("/stream?n=3000");
		const reader = answer.body.getReader();
		let bytes = 0, pieces = 0;
		for (;;) {
			const { done, value } = await reader.read();
			if (done)
				return { bytes, pieces };
			bytes += value.length;
			pieces++;
		}
	});
	assert.equal(bytes, 3_000_000);
	assert.ok(pieces > 1);
});

test("an EventSource hears what is published, and comes back", async () => {
	const heard = await page.evaluate(() => new Promise((done, fail) => {
		const source = new EventSource("/events");
		const heard = [];
		const post = (path, body) => fetch(path, { method: "POST", body });
		setTimeout(() => fail(new Error(heard.join())), 12_000);
		source.addEventListener("hello", ({ data, lastEventId }) => {
			heard.push(`hello ${data}|${lastEventId}`);
			post("/publish", `number\n${heard.length}`);
		});
		source.onmessage = ({ data, lastEventId }) => {
			heard.push(`${data.replace("\n", " ")}|${lastEventId}`);
			if (heard.length === 2)
				post("/drop");
			else {
				source.close();
				done(heard);
			}
		};
	}));
	assert.deepEqual(heard, ["hello |first", "number 1|first",
	    "hello first|again", "number 3|again"]);
});

test("a form with a file is sent", async () => {
	await page.setContent(`<form action="/form" method="post"
	    enctype="multipart/form-data" accept-charset="utf-8"><input name="text">
	    <input type="file" name="up"><button>Send</button></form>`);
	await page.locator("input[name=text]").fill("äö \" & =");
	await page.locator("input[type=file]").setInputFiles({
	    name: "a \"b\".txt", mimeType: "text/plain",
	    buffer: Buffer.alloc(100_000, "x") });
	await page.getByRole("button", { name: "Send" }).click();
	await page.getByText("100000").waitFor();
	assert.equal((await page.locator("body").textContent()).trim(),
	    "text=äö \" & = (no file, no type, 10)\n" +
	    "up= (a %22b%22.txt, text/plain, 100000)");
});

await run();
