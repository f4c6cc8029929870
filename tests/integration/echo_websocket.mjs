// SPDX-License-Identifier: MIT
// WebSocket as node's ws speaks it, on a port of its own and on http's, and
// as a peer does that breaks the rules.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";

import { Program } from "../support/program.mjs";
import { cleanup, optional, run, skip, test } from "../support/tap.mjs";

const ws = await optional(() => import("ws"));
if (!ws)
	skip("the node package ws is not installed");
const { WebSocket } = ws;

const echo = new Program("apps/echo/echo",
    ["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`]));
cleanup(() => echo.end());
await echo.start();
const port = await echo.port("websocket");

async function open(options) {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
		perMessageDeflate: false, ...options });
	socket.inbox = [];
	socket.on("message", (data, binary) =>
	    socket.inbox.push({ data, binary }));
	await once(socket, "open");
	return socket;
}

// What comes back for one message.
async function roundTrip(socket, data, options) {
	const next = once(socket, "message");
	socket.send(data, options);
	const [got, binary] = await next;
	return { got, binary };
}

// The answer to a handshake with these headers: status and headers.
function shake(headers, method = "GET") {
	return new Promise((done, fail) => {
		const r = request({ port, host: "127.0.0.1", method, headers });
		r.on("response", (answer) => { answer.resume(); done(answer); });
		r.on("upgrade", (answer, socket) => {
			socket.destroy();
			done(answer);
		});
		r.on("error", fail);
		r.end();
	});
}

const good = {
	Connection: "Upgrade", Upgrade: "websocket",
	"Sec-WebSocket-Version": "13",
	"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="
};

// A client frame with the mask 0, by hand.
function frame(first, payload, { masked = true } = {}) {
	const body = Buffer.from(payload);
	return Buffer.concat([
		Buffer.from([first, (masked ? 0x80 : 0) | body.length]),
		Buffer.alloc(masked ? 4 : 0), body]);
}

// Opens by hand, sends the bytes, resolves to what follows the 101.
async function raw(bytes) {
	const socket = connect({ port, host: "127.0.0.1" });
	const got = [];
	socket.on("data", (data) => got.push(data));
	await once(socket, "connect");
	socket.write(["GET / HTTP/1.1", "Host: x",
	    ...Object.entries(good).map(([k, v]) => `${k}: ${v}`)].join("\r\n") +
	    "\r\n\r\n");
	socket.write(bytes);
	await once(socket, "close");
	const all = Buffer.concat(got);
	return all.subarray(all.indexOf("\r\n\r\n") + 4);
}

const closing = (code) => [0x88, 2, code >> 8, code & 255];

test("text and binary come back as what they were", async () => {
	const socket = await open();
	let r = await roundTrip(socket, "gr\u00fc\u00df dich \u{1f600}");
	assert.equal(String(r.got), "gr\u00fc\u00df dich \u{1f600}");
	assert.equal(r.binary, false);
	r = await roundTrip(socket, Buffer.from([0, 255, 128]));
	assert.deepEqual([...r.got], [0, 255, 128]);
	assert.equal(r.binary, true);
	socket.close();
	await once(socket, "close");
});

test("every length form comes back", async () => {
	const socket = await open();
	for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20,
	    10 << 20]) {
		const data = randomBytes(size);
		const r = await roundTrip(socket, data);
		assert.ok(data.equals(r.got), `${size} bytes`);
	}
	socket.terminate();
});

test("fragments come back as one message, pings between", async () => {
	const socket = await open();
	const next = once(socket, "message");
	const pong = once(socket, "pong");
	socket.send("one ", { fin: false });
	socket.ping("are you there");
	socket.send("two ", { fin: false });
	socket.send("three", { fin: true });
	assert.equal(String((await pong)[0]), "are you there");
	assert.equal(String((await next)[0]), "one two three");
	socket.terminate();
});

test("close code and reason are answered", async () => {
	for (const [code, reason] of [[1000, ""], [1001, "bye"],
	    [3000, "mine"], [4999, "x".repeat(123)]]) {
		const socket = await open();
		socket.close(code, reason);
		const [got] = await once(socket, "close");
		assert.equal(got, code);
	}
});

test("a stopping server says 1001", async () => {
	const own = new Program("apps/echo/echo",
	    ["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
		["--listen", `${name}=${name}://127.0.0.1:0`]));
	await own.start();
	const socket = new WebSocket(
	    `ws://127.0.0.1:${await own.port("websocket")}/`);
	await once(socket, "open");
	const closed = once(socket, "close");
	await own.end();
	assert.equal((await closed)[0], 1001);
});

test("many clients at once", async () => {
	const sockets = await Promise.all(Array.from({ length: 200 },
	    () => open()));
	await Promise.all(sockets.map(async (socket, i) => {
		for (let k = 0; k < 20; k++) {
			const r = await roundTrip(socket, `${i}-${k}`);
			assert.equal(String(r.got), `${i}-${k}`);
		}
		socket.terminate();
	}));
});

test("the handshake of RFC 6455 section 1.3 gets its key", async () => {
	const answer = await shake(good);
	assert.equal(answer.statusCode, 101);
	assert.equal(answer.headers["sec-websocket-accept"],
	    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

for (const [why, status, change, method] of [
	["another version", 426, { "Sec-WebSocket-Version": "12" }],
	["a key of 15 bytes", 400,
	    { "Sec-WebSocket-Key": Buffer.alloc(15).toString("base64") }],
	["no key", 400, { "Sec-WebSocket-Key": undefined }],
	["no upgrade at all", 426, { Connection: "close", Upgrade: undefined }],
	["POST", 405, {}, "POST"]
])
	test(`${why} is refused with ${status}`, async () => {
		const headers = { ...good, ...change };
		for (const name of Object.keys(headers))
			if (headers[name] === undefined)
				delete headers[name];
		const answer = await shake(headers, method);
		assert.equal(answer.statusCode, status);
		if (status === 426)
			assert.equal(answer.headers["sec-websocket-version"], "13");
	});

for (const [why, code, bytes] of [
	["an unmasked frame", 1002, frame(0x81, "x", { masked: false })],
	["a reserved bit", 1002, frame(0xc1, "x")],
	["a reserved opcode", 1002, frame(0x83, "x")],
	["a lone continuation", 1002, frame(0x80, "x")],
	["a fragmented ping", 1002, frame(0x09, "x")],
	["text that is not UTF-8", 1007, frame(0x81, [0xc3, 0x28])],
	["a close code that may not travel", 1002, frame(0x88, [3, 0xed])],
	["2^63 bytes", 1002, Buffer.from("82ffffffffffffffffff", "hex")],
	["64 MiB and a byte announced", 1009,
	    Buffer.from("82ff0000000004000001", "hex")]
])
	test(`${why} closes with ${code}`, async () => {
		assert.deepEqual([...(await raw(bytes)).subarray(0, 4)],
		    closing(code));
	});

await run();
