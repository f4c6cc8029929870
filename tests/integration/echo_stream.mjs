// SPDX-License-Identifier: MIT
// text and frame, as nc and a plain socket speak them.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

import { Program } from "../support/program.mjs";
import { cleanup, run, skip, test } from "../support/tap.mjs";

if (spawnSync("nc", ["-h"]).error)
	skip("nc is not installed");

const echo = new Program("apps/echo/echo",
    ["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`]));
cleanup(() => echo.end());
await echo.start();
const text = await echo.port("text");
const frame = await echo.port("frame");

// Sends the pieces one by one and resolves to all that comes back.
async function exchange(port, pieces, { halfClose = true } = {}) {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true,
		allowHalfOpen: true });
	const got = [];
	socket.on("data", (data) => got.push(data));
	await once(socket, "connect");
	for (const piece of pieces)
		await new Promise((done) => socket.write(piece, done));
	if (halfClose)
		socket.end();
	await once(socket, "end").catch((error) => {
		if (error.code !== "ECONNRESET")
			throw error;
	});
	socket.destroy();
	return Buffer.concat(got);
}

function framed(...bodies) {
	return Buffer.concat(bodies.map((body) => {
		const header = Buffer.alloc(4);
		header.writeUInt32BE(body.length + 4);
		return Buffer.concat([header, Buffer.from(body)]);
	}));
}

test("nc gets its lines back", async () => {
	const nc = spawn("nc", ["-q1", "127.0.0.1", String(text)]);
	let out = "";
	nc.stdout.on("data", (data) => { out += data; });
	nc.stdin.end("hello\r\nworld\n\nlast\n");
	await once(nc, "close");
	assert.equal(out, "hello\nworld\n\nlast\n");
});

test("a line comes whole, byte by byte and with others", async () => {
	const lines = Buffer.from("one\ntwo\r\n\u00fcber\n");
	const expected = "one\ntwo\n\u00fcber\n";
	assert.equal(String(await exchange(text, [lines])), expected);
	assert.equal(String(await exchange(text, [...lines].map((byte) =>
	    Buffer.from([byte])))), expected);
});

test("half a million lines come back in order", async () => {
	const lines = Array.from({ length: 500_000 }, (_, i) => `${i}\n`).join("");
	assert.ok(lines === String(await exchange(text, [lines])));
});

test("an endless line closes the connection", async () => {
	const got = await exchange(text, ["x".repeat(65_536)],
	    { halfClose: false });
	assert.equal(got.length, 0);
});

test("frames come back whole, byte by byte and coalesced", async () => {
	const all = framed("", "a", "bc".repeat(5000));
	assert.deepEqual(await exchange(frame, [all]), all);
	const few = framed("", "abc");
	assert.deepEqual(await exchange(frame, [...few].map((byte) =>
	    Buffer.from([byte]))), few);
});

test("a frame of 10 MiB comes back", async () => {
	const big = framed(Buffer.alloc(10 << 20, "0123456789abcdef"));
	assert.ok(big.equals(await exchange(frame, [big])));
});

test("impossible lengths close the connection at once", async () => {
	for (const header of ["00000000", "00000003", "ffffffff"])
		assert.equal((await exchange(frame, [Buffer.from(header, "hex")],
		    { halfClose: false })).length, 0);
});

test("others are served meanwhile, and status counts it all", async () => {
	assert.equal(String(await exchange(text, ["still here\n"])),
	    "still here\n");
	assert.match(await echo.expect("status"), /\btext\b/);
});

await run();
