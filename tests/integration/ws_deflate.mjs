// SPDX-License-Identifier: MIT
// permessage-deflate (RFC 7692) against every set of options: by hand-made
// frames, and by node's ws with every set of parameters, sizes and kinds of
// data that public suites use.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { constants, createInflateRaw, deflateRawSync } from "node:zlib";

import { Program } from "../support/program.mjs";
import { Raw, close, exchange, frame, pack } from "../support/ws_raw.mjs";
import { cleanup, optional, run, test } from "../support/tap.mjs";

const server = new Program("tests/support/ws_server");
cleanup(() => server.end());
await server.start();
const port = {};
for (const name of ["plain", "keeping", "small", "parts", "room"])
	port[name] = await server.port(name);

const offer = (text) => [`Sec-WebSocket-Extensions: ${text}`];
const DEFLATE = offer("permessage-deflate");
const codes = (found) => found.map(({ first, payload }) =>
	first === 0x88 ? payload.readUInt16BE(0) : first);

async function answered(name, text) {
	const raw = await Raw.open(port[name], text ? offer(text) : []);
	raw.socket.destroy();
	return /^Sec-WebSocket-Extensions: (.*)\r$/mi.exec(raw.head)?.[1];
}

// Section 7.1: what is offered and answered.
const none = "; server_no_context_takeover; client_no_context_takeover";
for (const [name, offered, want] of [
	["plain", null, undefined],
	["plain", "x-webkit-deflate-frame", undefined],
	["plain", "permessage-deflate", `permessage-deflate${none}`],
	["keeping", "permessage-deflate", "permessage-deflate"],
	["keeping", "permessage-deflate; server_no_context_takeover",
	    "permessage-deflate; server_no_context_takeover"],
	["keeping", "permessage-deflate; server_max_window_bits=8",
	    undefined],
	["keeping", "permessage-deflate; server_max_window_bits=8, " +
	    "permessage-deflate", "permessage-deflate"],
	["keeping", "permessage-deflate; client_max_window_bits=8",
	    "permessage-deflate"],
	["small", "permessage-deflate; client_max_window_bits",
	    "permessage-deflate; server_max_window_bits=9; " +
	    "client_max_window_bits=9"],
	["small", "permessage-deflate",
	    "permessage-deflate; server_max_window_bits=9"],
	["plain", "permessage-deflate; unknown=1", undefined]
])
	test(`7.1 ${name}, offered ${offered ?? "nothing"}`, async () => {
		assert.equal(await answered(name, offered), want);
	});

test("6 reserved bits without an extension are refused", async () => {
	for (const first of [0xc1, 0xc2, 0x41, 0xe1])
		assert.deepEqual(codes(await exchange(port.plain,
		    frame(first, pack("x")))), [1002]);
});

test("6.1 RSV1 stands on the first frame of a message alone", async () => {
	for (const first of [0xc0, 0xc8, 0xc9, 0xca, 0xe1, 0xd1, 0xa1, 0x91])
		assert.deepEqual(codes(await exchange(port.plain,
		    frame(first, ""), DEFLATE)), [1002], first.toString(16));
	assert.deepEqual(codes(await exchange(port.plain, Buffer.concat([
		frame(0x41, pack("abc")), frame(0xc0, "")]), DEFLATE)), [1002]);
});

test("7.2.3 the examples come back", async () => {
	for (const hex of ["f248cdc9c90700", "000500faff48656c6c6f00",
	    "f348cdc9c9070000", "f248050000 00ffffcac9c90700"]) {
		const data = Buffer.from(hex.replace(" ", ""), "hex");
		for (let cut = 0; cut <= data.length; cut++) {
			const raw = await Raw.open(port.plain, DEFLATE);
			raw.send(frame(0x41, data.subarray(0, cut)),
			    frame(0x89, "p"), frame(0x80, data.subarray(cut)));
			const [pong, { first, payload }] = await raw.take(2);
			assert.equal(pong.first, 0x8a);
			// nothing got smaller, so it is sent as it is
			assert.equal(first, 0x81);
			assert.equal(String(payload), "Hello");
			raw.socket.destroy();
		}
	}
});

test("7.2.2 what cannot be decompressed closes with 1007", async () => {
	for (const data of [Buffer.from([7]), Buffer.alloc(0),
	    Buffer.from("f248cdc9c907", "hex"), randomBytes(50).fill(0xff),
	    Buffer.from("f200110000", "hex"), pack(Buffer.from([0xc3]))])
		assert.deepEqual(codes(await exchange(port.plain,
		    frame(0xc1, data), DEFLATE)), [1007], data.toString("hex"));
});

test("8 a bomb closes with 1009 and costs no memory", async () => {
	const pid = await server.pid("plain", 0);
	const { readFileSync } = await import("node:fs");
	const peak = () => Number(/VmHWM:\s+(\d+)/.exec(
	    readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
	const bomb = deflateRawSync(Buffer.alloc(65 << 20),
	    { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
	const before = peak();
	assert.ok(bomb.length < 100_000);
	for (let i = 0; i < 3; i++) {
		const raw = await Raw.open(port.plain, DEFLATE);
		raw.send(frame(0xc2, bomb));
		assert.deepEqual(codes(await raw.rest()), [1009]);
	}
	if (process.env.SANITIZE_CFLAGS)
		return; // they keep what is freed
	// 64 MiB are allowed; a buffer that doubles has at most twice that
	assert.ok(peak() - before < 140 << 10, `${peak() - before} KiB`);
	// where parts are delivered, there is nothing that could grow
	const raw = await Raw.open(port.parts, DEFLATE);
	raw.socket.on("data", () => { raw.chunks = []; });
	raw.send(frame(0xc2, bomb), close(1000));
	await raw.closed;
	const small = await server.pid("parts", 0);
	const kib = Number(/VmHWM:\s+(\d+)/.exec(
	    readFileSync(`/proc/${small}/status`, "utf8"))[1]);
	assert.ok(kib < 30 << 10, `${kib} KiB`);
});

// A client's view of the messages in frames, through one decompressor.
class Reader {
	constructor() {
		this.inflate = createInflateRaw();
		this.out = [];
		this.inflate.on("data", (d) => this.out.push(d));
	}

	read(data) {
		return new Promise((done) => {
			this.inflate.write(Buffer.concat([data,
			    Buffer.from([0, 0, 255, 255])]), () => {
				done(Buffer.concat(this.out.splice(0)));
			});
		});
	}
}

test("7.1.1 a context that the server keeps makes messages small", async () => {
	const raw = await Raw.open(port.keeping, DEFLATE);
	const text = randomBytes(300).toString("hex");
	const reader = new Reader();
	const sizes = [];
	for (let i = 0; i < 3; i++) {
		raw.send(frame(0x81, text));
		const [{ first, payload }] = await raw.take(1);
		assert.equal(first, 0xc1);
		assert.equal(String(await reader.read(payload)), text);
		sizes.push(payload.length);
	}
	assert.ok(sizes[1] < 20 && sizes[2] < 20, `${sizes}`);
	raw.socket.destroy();
});

test("a publish is the same bytes for all with the same parameters",
    async () => {
	const clients = await Promise.all(Array.from({ length: 30 }, (_, i) =>
	    Raw.open(port.room, i % 3 === 0 ? DEFLATE : i % 3 === 1 ? [] :
		offer("permessage-deflate; server_max_window_bits=9"))));
	const text = "say it to all of them ".repeat(20);
	clients[0].send(frame(0x81, text));
	const got = await Promise.all(clients.map((c) => c.take(1)));
	for (const [i, [{ first, payload }]] of got.entries()) {
		assert.equal(first, i % 3 === 1 ? 0x81 : 0xc1);
		assert.ok(payload.equals(got[i % 3][0].payload));
		const plain = i % 3 === 1 ? payload :
		    await new Reader().read(payload);
		assert.equal(String(plain), text);
	}
	for (const c of clients)
		c.socket.destroy();
});

test("a message of any length comes back in parts", async () => {
	for (const [b0, fields] of [[0x02, []], [0x42, DEFLATE]]) {
		const raw = await Raw.open(port.parts, fields);
		const data = Buffer.alloc(1 << 20, "many words, ");
		const packed = b0 === 0x42;
		const piece = packed ? deflateRawSync(data,
		    { finishFlush: constants.Z_SYNC_FLUSH }) : data;
		for (let i = 0; i < 40; i++)
			raw.send(frame(i === 0 ? b0 : 0x00, piece));
		raw.send(frame(0x80, packed ? [0] : ""));
		const got = [];
		const reader = new Reader();
		do
			got.push(await raw.next());
		while ((got.at(-1).first & 0x80) === 0);
		assert.equal(got[0].first, b0);
		let sum = 0;
		for (const [i, f] of got.entries()) {
			assert.equal(f.first & 0x4f, i === 0 ? b0 : 0);
			sum += packed ? 0 : f.payload.length;
		}
		if (packed)
			sum = (await reader.read(Buffer.concat(
			    got.map((f) => f.payload)))).length;
		assert.equal(sum, 40 << 20);
		raw.socket.destroy();
	}
});

// ---- node's ws ----

const ws = await optional(() => import("ws"));
const kinds = {
	json: (n) => JSON.stringify(Array.from({ length: n / 20 + 1 | 0 },
	    (_, i) => ({ id: i, "\u00e9": "\u20ac" }))).slice(0, n),
	"same bytes": (n) => Buffer.alloc(n, 0x2a),
	"random bytes": (n) => randomBytes(n)
};
const sizes = [0, 1, 16, 125, 126, 1024, 8192, 65535, 65536, 131072];

async function talk(name, params) {
	const socket = new ws.WebSocket(`ws://127.0.0.1:${port[name]}/`, {
		perMessageDeflate: { threshold: 0, ...params } });
	await once(socket, "open");
	assert.match(socket.extensions, /^permessage-deflate/);
	const got = [], want = [];
	const over = new Promise((done) => {
		socket.on("close", done);
		socket.on("message", (data, binary) => {
			if (got.push({ data, binary }) === want.length)
				done();
		});
	});
	for (const [kind, make] of Object.entries(kinds))
		for (const n of sizes) {
			const data = Buffer.from(make(n));
			const binary = kind !== "json";
			want.push({ data, binary });
			socket.send(data, { binary });
			// the same again, in fragments
			want.push({ data, binary });
			const third = n / 3 | 0;
			socket.send(data.subarray(0, third), { binary,
				fin: false });
			socket.ping();
			socket.send(data.subarray(third, third * 2), { binary,
				fin: false });
			socket.send(data.subarray(third * 2), { binary });
		}
	await over;
	assert.equal(got.length, want.length);
	for (const [i, { data, binary }] of got.entries()) {
		assert.equal(binary, want[i].binary, `message ${i}`);
		assert.ok(want[i].data.equals(data), `message ${i}`);
	}
	const end = once(socket, "close");
	socket.close(1000);
	assert.equal((await end)[0], 1000);
}

const params = [{}];
for (const serverMaxWindowBits of [undefined, 9, 15])
	for (const clientMaxWindowBits of [undefined, 9, 15])
		for (const takeover of [0, 1, 2, 3])
			params.push({
				serverMaxWindowBits, clientMaxWindowBits,
				serverNoContextTakeover: takeover & 1 || undefined,
				clientNoContextTakeover: takeover & 2 || undefined
			});

if (ws)
	for (const name of ["plain", "keeping", "small", "parts"])
		test(`ws: every set of parameters, ${name}`, async () => {
			for (const p of params) {
				const known = Object.fromEntries(Object.entries(
				    p).filter(([, v]) => v !== undefined));
				await talk(name, known).catch((error) => {
					error.message = `${JSON.stringify(p)}: ` +
					    error.message;
					throw error;
				});
			}
		});

await run();
