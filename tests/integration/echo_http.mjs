// SPDX-License-Identifier: MIT
// http as curl speaks it, and as a careless or hostile peer does.

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, run, skip, test } from "../support/tap.mjs";

if (spawnSync("curl", ["--version"]).error)
	skip("curl is not installed");

const dir = mkdtempSync(join(tmpdir(), "wm-curl-"));
cleanup(() => rmSync(dir, { recursive: true, force: true }));
const echo = new Program("apps/echo/echo",
    ["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`]));
cleanup(() => echo.end());
await echo.start();
const port = await echo.port("http");
const url = `http://127.0.0.1:${port}`;

function curl(...args) {
	return new Promise((done, fail) => {
		execFile("curl", ["-sS", "--max-time", "30", ...args],
		    { encoding: "buffer", maxBuffer: 1 << 26 },
		    (error, out, err) => error ?
			fail(new Error(`curl: ${err}`)) : done(out));
	});
}

// Everything that comes back for these bytes, until the server closes.
async function raw(bytes) {
	const socket = connect({ port, host: "127.0.0.1" });
	const got = [];
	socket.on("data", (data) => got.push(data));
	await once(socket, "connect");
	socket.write(bytes);
	await once(socket, "close");
	return String(Buffer.concat(got));
}

const request = (line, ...headers) =>
	`${[line, "Host: x", ...headers].join("\r\n")}\r\n\r\n`;
const last = request("GET /plaintext HTTP/1.1", "Connection: close");
const status = (answer) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

test("curl gets the plain text and the JSON", async () => {
	assert.equal(String(await curl(`${url}/plaintext`)), "Hello, World!");
	assert.equal(String(await curl(`${url}/json`)),
	    '{"message":"Hello, World!"}');
});

test("any other path gives body and type back", async () => {
	const out = String(await curl("-i", "-X", "PUT", "-d", "any body",
	    "-H", "Content-Type: text/x-any", `${url}/any/path?q`));
	assert.match(out, /^HTTP\/1\.1 200 OK\r\n/);
	assert.match(out, /^Content-Type: text\/x-any\r$/m);
	assert.match(out, /^Date: \w{3}, \d\d \w{3} \d{4} .* GMT\r$/m);
	assert.match(out, /\r\n\r\nany body$/);
});

test("bodies come back sized and chunked", async () => {
	const body = randomBytes(3 << 20);
	const file = join(dir, "body");
	writeFileSync(file, body);
	assert.ok(body.equals(await curl("--data-binary", `@${file}`,
	    `${url}/echo`)));
	assert.ok(body.equals(await curl("--data-binary", `@${file}`,
	    "-H", "Transfer-Encoding: chunked", `${url}/echo`)));
	assert.ok(body.equals(await curl("--data-binary", `@${file}`,
	    "-H", "Expect: 100-continue", `${url}/echo`)));
});

test("a body over the limit is answered with 413", async () => {
	const file = join(dir, "huge");
	writeFileSync(file, Buffer.alloc((10 << 20) + 1));
	for (const extra of [[], ["-H", "Transfer-Encoding: chunked"],
	    ["-H", "Expect:"]])
		assert.equal(String(await curl("-o", "/dev/null", "-w",
		    "%{http_code}", "--data-binary", `@${file}`, ...extra,
		    `${url}/echo`)), "413");
});

test("HEAD has no body, and the connection is kept", async () => {
	const answer = await raw(request("HEAD /plaintext HTTP/1.1") + last);
	assert.equal(answer.match(/HTTP\/1\.1 200 OK/g).length, 2);
	assert.equal(answer.match(/Hello, World!/g).length, 1);
	assert.equal(answer.match(/Content-Length: 13/g).length, 2);
});

test("pipelined requests are answered in order", async () => {
	const names = Array.from({ length: 200 }, (_, i) => `body-${i}`);
	const answer = await raw(names.map((name) => request(
	    "POST /echo HTTP/1.1", `Content-Length: ${name.length}`) + name)
	    .join("") + last);
	assert.deepEqual(answer.match(/body-\d+/g), names);
	assert.match(answer, /Connection: close\r\n.*Hello, World!$/s);
});

test("HTTP/1.0 closes unless asked to stay", async () => {
	const once10 = await raw("GET /plaintext HTTP/1.0\r\n\r\n");
	assert.match(once10, /Connection: close\r\n/);
	const twice = await raw("GET /plaintext HTTP/1.0\r\n" +
	    "Connection: keep-alive\r\n\r\n" +
	    "GET /plaintext HTTP/1.0\r\n\r\n");
	assert.equal(twice.match(/Hello, World!/g).length, 2);
});

for (const [why, expected, bytes] of [
	["a request without Host", 400, "GET / HTTP/1.1\r\n\r\n"],
	["two Hosts", 400, request("GET / HTTP/1.1", "Host: y")],
	["a blank before the colon", 400, request("GET / HTTP/1.1", "A : b")],
	["a folded header", 400, request("GET / HTTP/1.1", "A: b", " c")],
	["a bare LF", 400, "GET / HTTP/1.1\nHost: x\n\n"],
	["a length and chunks", 400, request("POST / HTTP/1.1",
	    "Content-Length: 3", "Transfer-Encoding: chunked") + "0\r\n\r\n"],
	["two lengths", 400, request("POST / HTTP/1.1", "Content-Length: 1",
	    "Content-Length: 2") + "ab"],
	["a bad chunk size", 400, request("POST / HTTP/1.1",
	    "Transfer-Encoding: chunked") + "zz\r\n"],
	["TRACE", 405, request("TRACE / HTTP/1.1")],
	["a method that nobody knows", 501, request("BREW / HTTP/1.1")],
	["HTTP/2.0", 505, request("GET / HTTP/2.0")],
	["a header block over 16 KiB", 431, request("GET / HTTP/1.1",
	    `A: ${"x".repeat(17_000)}`)],
	["101 headers", 431, request("GET / HTTP/1.1",
	    ...Array(101).fill("A: b"))]
])
	test(`${why}: ${expected}, says why, closes`, async () => {
		const answer = await raw(bytes + last);
		assert.equal(status(answer), expected);
		assert.match(answer, /\r\nConnection: close\r\n/);
		assert.match(answer, new RegExp(`\r\n\r\n${expected} \\S+.*\n$`));
		assert.doesNotMatch(answer, /Hello, World!/);
	});

await run();
