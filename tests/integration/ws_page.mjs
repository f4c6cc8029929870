// SPDX-License-Identifier: MIT
// WebSocket as a browser speaks it: compression, binary data, close codes,
// and coming back after the server did.

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
const browser = await playwright.chromium.launchPersistentContext(profile, {
	executablePath,
	headless: true,
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
	    "--no-first-run", "--disable-background-networking",
	    "--disable-component-update", "--disable-sync"]
});
cleanup(() => rmSync(profile, { recursive: true, force: true }));
cleanup(() => browser.close());

const server = new Program("tests/support/ws_server");
cleanup(() => server.end());
await server.start();
const port = {};
for (const name of ["plain", "keeping", "small", "parts", "picky"])
	port[name] = await server.port(name);

const page = await browser.newPage();
page.setDefaultTimeout(20_000);

// In the page: opens, sends each message, compares what comes back.
const converse = ({ url, sizes }) => new Promise((done) => {
	const socket = new WebSocket(url);
	const sent = [];
	let got = 0, bad = 0;
	socket.binaryType = "arraybuffer";
	const same = (a, b) => typeof a === "string" ? a === b :
	    b instanceof ArrayBuffer && a.length === b.byteLength &&
	    new Uint8Array(b).every((x, i) => x === a[i]);
	socket.onopen = () => {
		for (const n of sizes) {
			const bytes = new Uint8Array(n);
			for (let i = 0; i < n; i += 65536)
				crypto.getRandomValues(bytes.subarray(i,
				    Math.min(i + 65536, n)));
			sent.push("\u00fc\u20ac\u{1f600} ".repeat(n / 12),
			    "the same ".repeat(n / 9), bytes);
		}
		for (const data of sent)
			socket.send(data);
	};
	socket.onmessage = ({ data }) => {
		bad += !same(sent[got], data);
		if (++got === sent.length)
			socket.close(4321, "that was all");
	};
	socket.onclose = ({ code, reason, wasClean }) => done({
		extensions: socket.extensions, got, bad, code, reason, wasClean
	});
});

for (const [name, extensions] of [["plain", /_no_context_takeover/],
	["keeping", /^permessage-deflate$/], ["parts", /^permessage-deflate/],
	["small", /server_max_window_bits=9; client_max_window_bits=9/]])
	test(`compression and binary data, ${name}`, async () => {
		const r = await page.evaluate(converse, {
			url: `ws://127.0.0.1:${port[name]}/`,
			sizes: [0, 1, 125, 126, 65535, 65536, 1_000_000] });
		assert.match(r.extensions, extensions);
		assert.deepEqual([r.got, r.bad], [21, 0]);
		assert.deepEqual([r.code, r.wasClean], [4321, true]);
	});

test("a page of a foreign origin is kept out", async () => {
	const code = await page.evaluate((url) => new Promise((done) => {
		const socket = new WebSocket(url);
		socket.onopen = () => done("open");
		socket.onclose = (e) => done(e.code);
	}), `ws://127.0.0.1:${port.picky}/`);
	assert.equal(code, 1006);
});

test("the page hears 1001, comes back and goes on", async () => {
	await page.evaluate((url) => {
		window.codes = [];
		window.opened = 0;
		window.echoed = [];
		const connect = () => {
			const socket = new WebSocket(url);
			socket.onopen = () => {
				window.opened++;
				socket.send(`hello ${window.opened}`);
			};
			socket.onmessage = (e) => window.echoed.push(e.data);
			socket.onclose = (e) => {
				window.codes.push(e.code);
				setTimeout(connect, 100);
			};
		};
		connect();
	}, `ws://127.0.0.1:${port.keeping}/`);
	await page.waitForFunction(() => window.echoed.length === 1);
	await server.stop();
	await page.waitForFunction(() => window.codes.length > 0);
	await server.start("--listen",
	    `keeping=websocket://127.0.0.1:${port.keeping}`);
	await page.waitForFunction(() => window.echoed.length === 2);
	assert.equal(await page.evaluate(() => window.codes[0]), 1001);
	assert.deepEqual(await page.evaluate(() => window.echoed),
	    ["hello 1", "hello 2"]);
});

await run();
