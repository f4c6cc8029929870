// SPDX-License-Identifier: MIT
// RFC 6455 section by section, by hand-made frames, against apps/echo.

import assert from "node:assert/strict";
import { once } from "node:events";

import { Program } from "../support/program.mjs";
import { Raw, close, exchange, frame } from "../support/ws_raw.mjs";
import { cleanup, run, test } from "../support/tap.mjs";

const echo = new Program("apps/echo/echo",
    ["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`]));
cleanup(() => echo.end());
await echo.start();
const port = await echo.port("websocket");

const said = (found) => found.map(({ first, payload }) =>
	first === 0x88 ? ["close", payload.length < 2 ? payload.length :
	    payload.readUInt16BE(0)] :
	[first, payload.toString("latin1")]);

// Many cases, a few at a time: a connection each.
async function each(cases, check, width = 32) {
	const queue = cases.entries();
	await Promise.all(Array.from({ length: width }, async () => {
		for (const [, item] of queue)
			await check(item);
	}));
}

const OK = 1000, PROTOCOL = 1002, DATA = 1007;

// Section 5.2 and 5.5 on a connection that was just opened.
function verdict({ fin, rsv, opcode, size }) {
	if (rsv !== 0)
		return [["close", PROTOCOL]];
	if (opcode === 0 || (opcode > 2 && opcode < 8) || opcode > 10)
		return [["close", PROTOCOL]];
	const body = "a".repeat(size);
	if (opcode >= 8) {
		if (!fin || size > 125)
			return [["close", PROTOCOL]];
		if (opcode === 8) // "aa" is no code that may travel
			return [["close", size === 0 ? 0 : PROTOCOL]];
		return [...(opcode === 9 ? [[0x8a, body]] : []), ["close", OK]];
	}
	return [...(fin ? [[0x80 | opcode, body]] : []), ["close", OK]];
}

for (const fin of [true, false])
	test(`5.2 every opcode, reserved bits and size, fin ${fin}`, async () => {
		const cases = [];
		for (let opcode = 0; opcode < 16; opcode++)
			for (let rsv = 0; rsv < 8; rsv++)
				for (const size of [0, 125, 126, 65535, 65536])
					cases.push({ fin, rsv, opcode, size });
		await each(cases, async (c) => {
			const bytes = frame((c.fin ? 0x80 : 0) | c.rsv << 4 |
			    c.opcode, "a".repeat(c.size));
			assert.deepEqual(said(await exchange(port, bytes)),
			    verdict(c), JSON.stringify(c));
		});
	});

test("5.1 what is not masked is refused", async () => {
	for (const first of [0x81, 0x82, 0x88, 0x89, 0x8a, 0x01])
		assert.deepEqual(said(await exchange(port,
		    frame(first, "", { masked: false }))),
		    [["close", PROTOCOL]]);
});

test("5.2 the length is in its shortest form", async () => {
	for (const [size, form] of [[0, 126], [125, 126], [0, 127], [125, 127],
	    [126, 127], [65535, 127]])
		assert.deepEqual(said(await exchange(port,
		    frame(0x82, "b".repeat(size), { form }))),
		    [["close", PROTOCOL]], `${size} as ${form}`);
	for (const form of [126, 127])
		assert.deepEqual(said(await exchange(port,
		    frame(0x89, "b", { form }))), [["close", PROTOCOL]]);
});

test("5.2 a frame may be split anywhere", async () => {
	const sizes = [0, 1, 125, 126, 300];
	const bytes = Buffer.concat(sizes.map((n) =>
	    frame(0x82, "c".repeat(n))));
	const whole = sizes.map((n) => [0x82, "c".repeat(n)]);
	const raw = await Raw.open(port);
	for (let cut = 0; cut <= bytes.length; cut++) {
		raw.socket.write(bytes.subarray(0, cut));
		// what is complete has come back before the rest is sent
		let complete = 0, end = 0;
		for (const n of sizes) {
			end += frame(0x82, "c".repeat(n)).length;
			complete += end <= cut;
		}
		const first = await raw.take(complete);
		raw.socket.write(bytes.subarray(cut));
		const rest = await raw.take(sizes.length - complete);
		assert.deepEqual(said([...first, ...rest]), whole, `at ${cut}`);
	}
	raw.socket.destroy();
	const slow = await Raw.open(port);
	for (const byte of bytes)
		slow.socket.write(Buffer.from([byte]));
	assert.deepEqual(said(await slow.take(sizes.length)), whole);
	slow.socket.destroy();
});

test("5.4 fragments are one message, control frames between", async () => {
	assert.deepEqual(said(await exchange(port, Buffer.concat([
		frame(0x01, "one "), frame(0x89, "p"), frame(0x00, ""),
		frame(0x00, "two "), frame(0x8a, "q"), frame(0x80, "three")]))),
	    [[0x8a, "p"], [0x81, "one two three"], ["close", OK]]);
});

for (const [why, ...parts] of [
	["a continuation of nothing", [0x80, "x"]],
	["an unfinished continuation of nothing", [0x00, "x"]],
	["a new message inside of one", [0x01, "x"], [0x81, "y"]],
	["a new binary inside of a text", [0x01, "x"], [0x02, "y"]],
	["a continuation behind the last", [0x01, "x"], [0x80, "y"],
	    [0x80, "z"]],
	["a fragmented ping", [0x09, "x"]],
	["a fragmented close", [0x08, ""]]
])
	test(`5.4 ${why} is refused`, async () => {
		const found = said(await exchange(port, Buffer.concat(
		    parts.map(([first, text]) => frame(first, text)))));
		assert.deepEqual(found.at(-1), ["close", PROTOCOL]);
	});

test("5.5.2 every ping is answered in order", async () => {
	const pings = Array.from({ length: 100 }, (_, i) => `${i}`);
	const found = said(await exchange(port,
	    Buffer.concat(pings.map((p) => frame(0x89, p)))));
	assert.deepEqual(found, [...pings.map((p) => [0x8a, p]),
	    ["close", OK]]);
});

test("5.5.1 nothing is looked at behind a close", async () => {
	const raw = await Raw.open(port);
	raw.send(close(1000), frame(0x89, "x"), frame(0x81, "y"),
	    frame(0xf3, "z"));
	assert.deepEqual(said(await raw.rest()), [["close", OK]]);
});

test("7.4 every code from 0 to 4999", async () => {
	const legal = (code) => (code >= 1000 && code <= 1003) ||
	    (code >= 1007 && code <= 1014) || code >= 3000;
	await each(Array.from({ length: 5000 }, (_, i) => i), async (code) => {
		const raw = await Raw.open(port);
		raw.send(close(code, "why"));
		assert.deepEqual(said(await raw.rest()),
		    [["close", legal(code) ? code : PROTOCOL]], `${code}`);
	});
});

test("7.1.6 the reason is UTF-8 of at most 123 bytes", async () => {
	for (const [bytes, code] of [[close(1000, "x".repeat(123)), 1000],
	    [frame(0x88, [3, 232, 0xc3]), DATA],
	    [frame(0x88, [3, 232, 0xed, 0xa0, 0x80]), DATA],
	    [frame(0x88, [3]), PROTOCOL],
	    [close(1000, "x".repeat(124)), PROTOCOL]]) {
		const raw = await Raw.open(port);
		raw.send(bytes);
		assert.deepEqual(said(await raw.rest()), [["close", code]]);
	}
});

// Section 8.1. First and last of each length, and everything beside them.
const good = ["", "00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080",
	"efbfbd", "efbfbf", "f0908080", "f48fbfbf", "cebae1bdb9cf83cebcceb5",
	"efb7af", "f09fbfbe", "f09fbfbf"];
const bad = ["80", "bf", "8080", "c0", "c080", "c1bf", "c2", "c27f", "c2c0",
	"df", "e08080", "e09fbf", "e0a0", "e0a07f", "eda080", "edbfbf",
	"edadbfedb080", "ef", "efbf", "f0808080", "f08fbfbf", "f09080",
	"f4908080", "f5808080", "f7bfbfbf", "f888808080", "fbbfbfbfbf",
	"fc8480808080", "fe", "ff", "cebae1bdb9cf83ceedaf80", "61ff62"];

test("8.1 text that is UTF-8 comes back, cut anywhere", async () => {
	for (const hex of good) {
		const text = Buffer.from(hex, "hex");
		const bytes = [frame(0x81, text)];
		for (let cut = 0; cut <= text.length; cut++)
			bytes.push(frame(0x01, text.subarray(0, cut)),
			    frame(0x80, text.subarray(cut)));
		const found = await exchange(port, Buffer.concat(bytes));
		assert.equal(found.length, text.length + 3);
		for (const { first, payload } of found.slice(0, -1)) {
			assert.equal(first, 0x81);
			assert.equal(payload.toString("hex"), hex);
		}
	}
});

test("8.1 text that is not closes with 1007, cut anywhere", async () => {
	const cases = bad.flatMap((hex) => {
		const text = Buffer.from(hex, "hex");
		return [[frame(0x81, text)], ...Array.from(
		    { length: text.length + 1 }, (_, cut) =>
		    [frame(0x01, text.subarray(0, cut)),
			frame(0x80, text.subarray(cut))])];
	});
	await each(cases, async (parts) => assert.deepEqual(
	    said(await exchange(port, Buffer.concat(parts))),
	    [["close", DATA]]));
});

test("8.1 bad text fails before its message ends", async () => {
	const raw = await Raw.open(port);
	raw.send(frame(0x01, "fine so far"), frame(0x00, [0xed, 0xa0]));
	assert.deepEqual(said(await raw.rest()), [["close", DATA]]);
});

test("10.4 64 MiB in 100,000 fragments come back", async () => {
	const size = 64 << 20, n = 100_000, step = Math.ceil(size / n);
	const data = Buffer.allocUnsafe(size);
	for (let i = 0; i < size; i += 4)
		data.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
	const raw = await Raw.open(port);
	for (let i = 0; i < n; i += 1000) {
		const bytes = [];
		for (let k = i; k < i + 1000; k++)
			bytes.push(frame(k === 0 ? 0x02 : k === n - 1 ? 0x80 :
			    0x00, data.subarray(k * step, (k + 1) * step)));
		if (!raw.socket.write(Buffer.concat(bytes)))
			await once(raw.socket, "drain");
	}
	const want = 10 + size;
	let got = raw.chunks.reduce((sum, c) => sum + c.length, 0);
	while (got < want) {
		const [chunk] = await once(raw.socket, "data");
		got += chunk.length;
	}
	const [{ first, payload }] = await raw.take(1);
	assert.equal(first, 0x82);
	assert.ok(payload.equals(data));
	raw.socket.destroy();
});

test("10.4 one fragment more closes with 1008, one byte with 1009",
    async () => {
	let raw = await Raw.open(port);
	raw.send(frame(0x02, ""),
	    Buffer.concat(Array(100_000).fill(frame(0x00, ""))));
	assert.deepEqual(said(await raw.rest()), [["close", 1008]]);
	raw = await Raw.open(port);
	raw.send(frame(0x02, "x"), Buffer.from("00ff0000000004000000", "hex"));
	assert.deepEqual(said(await raw.rest()), [["close", 1009]]);
});

await run();
