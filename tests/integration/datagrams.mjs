// SPDX-License-Identifier: MIT
// UDP with a client that notices every datagram that is missing, doubled or
// not its own: two workers on one port, replaced and killed meanwhile.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Program } from "../support/program.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const WINDOW = 16; // datagrams under way at a time: none may overflow a queue

const echo = new Program("apps/echo/echo", [
    ...["text", "frame", "http", "websocket"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`]),
    "--listen", "udp=text+udp://*:0", "--count", "udp=2"]);
cleanup(() => echo.end());
await echo.start();
const port = await echo.port("udp");

async function open() {
	const socket = createSocket("udp4");
	socket.bind(0, "127.0.0.1");
	await once(socket, "listening");
	return socket;
}

async function ask(socket, text, to = "127.0.0.1") {
	const answer = once(socket, "message");
	socket.send(text, port, to);
	return (await answer).map((part) => part.address ?? String(part));
}

// What status counts of the worker, all its processes together.
async function count(key) {
	const { workers } = await echo.status();
	return workers.find((w) => w.worker === "udp")[key];
}

// Numbered lines without a pause, each of which has to come back once.
class Talk {
	constructor(socket) {
		this.socket = socket;
		this.waiting = new Set();
		this.next = 0;
		this.answered = 0;
		this.strange = [];
		socket.on("message", (data) => this.#hear(String(data)));
	}

	#hear(text) {
		const number = Number(text);
		if (!text.endsWith("\n") || !this.waiting.delete(number))
			this.strange.push(text);
		this.answered++;
		this.#say();
	}

	#say() {
		while (!this.ends && this.waiting.size < WINDOW) {
			this.waiting.add(this.next);
			this.socket.send(`${this.next++}\n`, port, "127.0.0.1");
		}
	}

	start() {
		this.#say();
	}

	async stop() {
		this.ends = true;
		await until("all answers", () => this.waiting.size === 0);
		assert.deepEqual(this.strange, []);
	}
}

test("a datagram is answered, whole and with its line end", async () => {
	const socket = await open();
	assert.deepEqual(await ask(socket, "hello\n"),
	    ["hello\n", "127.0.0.1"]);
	assert.deepEqual(await ask(socket, "hello"), ["hello\n", "127.0.0.1"]);
	socket.close();
});

test("the answer comes from the address that was asked", async () => {
	const socket = await open();
	assert.deepEqual(await ask(socket, "x", "127.9.8.7"),
	    ["x\n", "127.9.8.7"]);
	socket.close();
});

test("status counts datagrams, and no connections", async () => {
	const socket = await open();
	const before = await count("datagrams_in");
	const dropped = await count("datagrams_dropped");
	await ask(socket, "one");
	await ask(socket, "two");
	socket.send("", port, "127.0.0.1"); // empty: no message
	await until("it to be dropped", async () =>
	    await count("datagrams_dropped") === dropped + 1);
	assert.equal(await count("datagrams_in"), before + 3);
	assert.equal(await count("accepted"), 0);
	socket.close();
	const { closes } = await echo.status();
	assert.deepEqual(closes.filter((c) => c.worker === "udp"), []);
});

test("a reload loses none and doubles none", async () => {
	const sockets = await Promise.all(Array.from({ length: 6 }, open));
	const talks = sockets.map((socket) => new Talk(socket));
	talks.forEach((talk) => talk.start());
	for (let i = 0; i < 3; i++) {
		const before = talks.map((talk) => talk.answered);
		await echo.expect("reload");
		await until("answers of the new workers", () =>
		    talks.every((t, k) => t.answered > before[k] + 100));
	}
	await Promise.all(talks.map((talk) => talk.stop()));
	console.log(`# ${talks.reduce((n, t) => n + t.answered, 0)} answers`);
	sockets.forEach((socket) => socket.close());
});

test("a killed worker's datagrams are answered by another", async () => {
	const sockets = await Promise.all(Array.from({ length: 8 }, open));
	echo.expected.push(/worker udp\/0/, /SIGKILL/);
	process.kill(await echo.pid("udp", 0), "SIGKILL");
	// what was read, and not yet answered, is lost: so one at a time
	for (const [i, socket] of sockets.entries())
		assert.equal((await ask(socket, `${i}`))[0], `${i}\n`);
	sockets.forEach((socket) => socket.close());
});

await run();
