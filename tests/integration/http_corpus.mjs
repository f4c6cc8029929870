// SPDX-License-Identifier: MIT
// The corpus of requests by TCP: what the kernel makes of our last answer and
// of our close, with bytes of the peer still on their way.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, run, test } from "../support/tap.mjs";

const top = process.env.top_srcdir ?? ".";
const echo = new Program("apps/echo/echo",
    ["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`]));
cleanup(() => echo.end());
await echo.start();
const port = await echo.port("http");

const good = "GET /plaintext HTTP/1.1\r\nHost: x\r\n\r\n";
const last = good.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");

function decode(text) {
	return Buffer.from(text.replace(/\\(x(..)|.)/g, (all, c, hex) =>
	    hex ? String.fromCharCode(parseInt(hex, 16)) :
	    { r: "\r", n: "\n", t: "\t", "\\": "\\" }[c]), "latin1");
}

const rows = readFileSync(join(top, "tests/support/http_corpus.txt"), "utf8")
    .split("\n").filter((line) => line && !line.startsWith("#"))
    .map((line) => {
	const [, section, status, how, bytes] =
	    /^(\S+) (\d+) (close|open) (.*)$/.exec(line);
	return { section, status, closes: how === "close",
	    bytes: decode(bytes), line };
    });

// What comes back until the server ends the connection, which is no reset.
async function talk(pieces) {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true });
	const got = [];
	socket.on("data", (data) => got.push(data));
	await once(socket, "connect");
	for (const piece of pieces)
		if (!socket.destroyed)
			await new Promise((done) => socket.write(piece, done));
	if (!socket.closed)
		await once(socket, "close");
	return String(Buffer.concat(got));
}

// The statuses of the answers, whose bodies are ours and never look so.
const statuses = (answer) => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
    .map((m) => m[1]);

async function check(row, pieces, before) {
	const answer = await talk(pieces);
	assert.deepEqual(statuses(answer),
	    [...before, row.status, ...row.closes ? [] : ["200"]], row.line);
	assert.equal(answer.match(/\r\nConnection: close\r\n/g)?.length, 1,
	    row.line);
}

for (const section of new Set(rows.map((row) => row.section))) {
	const those = rows.filter((row) => row.section === section);
	test(`RFC ${section.replace("-", " section ")}: ${those.length} ` +
	    "requests, whole", () =>
		Promise.all(those.map((row) =>
		    check(row, [Buffer.concat([row.bytes,
			Buffer.from(last)])], []))));
	test(`RFC ${section.replace("-", " section ")}: byte by byte, behind ` +
	    "a good request", () =>
		Promise.all(those.map((row) =>
		    check(row, [good, ...row.bytes.toString("latin1"), last]
			.map((s) => Buffer.from(s, "latin1")), ["200"]))));
}

await run();
