// SPDX-License-Identifier: MIT
// The control socket, as somebody speaks it who does not know how.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, run, test } from "../support/tap.mjs";

const echo = new Program("apps/echo/echo",
    ["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`]));
cleanup(() => echo.end());
await echo.start();

// All that the master says to these bytes, until it closes.
async function say(bytes, { pieces = [bytes] } = {}) {
	const socket = connect(join(echo.dir, "echo.sock"));
	let got = "";
	socket.on("data", (data) => { got += data; });
	await once(socket, "connect");
	for (const piece of pieces)
		await new Promise((done) => socket.write(piece, done));
	await once(socket, "close").catch(() => {});
	socket.destroy();
	return got;
}

test("a line of status comes in rows and ends", async () => {
	const lines = (await say("workerman/1 status\n")).split("\n");
	assert.match(lines[0], /^ROW master name=echo version=1\.0 /);
	assert.equal(lines.filter((l) => l.startsWith("ROW process")).length,
	    6);
	assert.equal(lines.at(-2), "END 0 ");
});

test("byte by byte it is the same", async () => {
	const line = "workerman/1 status\n";
	const got = await say(null, { pieces: [...line] });
	assert.match(got, /^ROW master [^]*\nEND 0 \n$/);
});

test("another version is told which one is spoken", async () => {
	assert.equal(await say("workerman/2 status\n"),
	    "END 2 the master speaks workerman/1\n");
	assert.equal(await say("GET / HTTP/1.1\r\n\r\n"),
	    "END 2 the master speaks workerman/1\n");
	assert.equal(await say("\n"), "END 2 the master speaks workerman/1\n");
});

test("an unknown command is refused", async () => {
	for (const word of ["frobnicate", "", "statu", "statuss", "STATUS"])
		assert.equal(await say(`workerman/1 ${word}\n`),
		    "END 2 the master knows no such command\n");
});

test("an endless line is cut off", async () => {
	assert.equal(await say("x".repeat(100_000)), "");
});

test("a NUL is not taken for the end of a line", async () => {
	assert.equal(await say("workerman/1 status\0"), "");
});

test("who says nothing is dropped after a while", async () => {
	const before = Date.now();
	assert.deepEqual(await Promise.all([say(""), say("workerman/1 st")]),
	    ["", ""]);
	assert.ok(Date.now() - before > 4000);
});

test("who leaves in the middle does no harm", async () => {
	for (let i = 0; i < 200; i++) {
		const socket = connect(join(echo.dir, "echo.sock"));
		await once(socket, "connect");
		socket.write(i % 2 ? "workerman/1 status\n" : "workerman/1 ");
		socket.destroy();
	}
	assert.match(await say("workerman/1 status\n"), /\nEND 0 \n$/);
});

await run();
