// SPDX-License-Identifier: MIT
// Clients that number their messages and count what becomes of each: HTTP
// that keeps its connection, HTTP with a connection per request, text, raw,
// frame, and WebSocket. They go on over connections that end as they may.

import { closeSync, ftruncateSync, openSync, readSync } from "node:fs";
import { connect } from "node:net";

const LEDGER = 64 << 20;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Load {
	// ports: { http, text, frame, websocket }; clients: how many of each;
	// WebSocket: the package's, or undefined.
	constructor({ ports, clients = {}, WebSocket, ledger, pauseMs = 4 }) {
		Object.assign(this, { ports, clients, WebSocket, ledger, pauseMs });
		this.version = 0;     // what new connections must meet
		this.next = 1;        // number of the next message
		this.answered = {};   // by kind
		this.failed = [];     // what must not happen
		this.ends = {};       // how connections ended, and how often
		this.again = {};      // sent again: the end crossed the message
		this.versions = new Map();
		this.heard = new Set();
		this.silence = 0;     // the longest wait for an answer, ms
		this.acknowledged = [];
		if (ledger) {
			const fd = openSync(ledger, "w");
			ftruncateSync(fd, LEDGER);
			closeSync(fd);
		}
	}

	start() {
		const kinds = { keepalive: KeepAlive, short: Short, text: Text,
		    raw: Raw, frame: Frame, websocket: Socket };
		this.running = true;
		this.tasks = [];
		for (const [kind, n] of Object.entries(this.clients))
			for (let i = 0; i < n; i++)
				this.tasks.push(this.#drive(
				    new kinds[kind](this, kind)));
	}

	async stop() {
		this.running = false;
		await Promise.all(this.tasks);
	}

	get total() {
		return Object.values(this.answered).reduce((a, b) => a + b, 0);
	}

	count(table, key) {
		table[key] = (table[key] ?? 0) + 1;
	}

	fail(kind, why) {
		this.failed.push(`${kind}: ${why}`);
	}

	async #drive(client) {
		while (this.running) {
			const number = this.next++;
			const began = performance.now();
			try {
				await this.#deliver(client, number);
			} catch (error) {
				this.fail(client.kind, `${number}: ${error.message}`);
				client.drop();
				await pause(20);
			}
			this.silence = Math.max(this.silence,
			    performance.now() - began);
			if (this.pauseMs)
				await pause(Math.random() * 2 * this.pauseMs);
		}
		client.drop();
	}

	// Until it is answered; what an end left unanswered is sent again.
	async #deliver(client, number) {
		for (let tries = 0; tries < 10; tries++) {
			const text = await client.ask(String(number));
			if (text === null) {
				this.count(this.again, client.kind);
				continue;
			}
			const match = /^(\d+) v=(\d+) pid=(\d+)/.exec(text);
			if (!match || Number(match[1]) !== number)
				throw new Error(`answered '${text}'`);
			if (Number(match[2]) < client.least)
				throw new Error(`version ${match[2]} after ` +
				    `${client.least} had taken over`);
			this.versions.set(Number(match[2]),
			    (this.versions.get(Number(match[2])) ?? 0) + 1);
			this.heard.add(`${client.kind} ${match[2]}`);
			this.count(this.answered, client.kind);
			this.acknowledged.push(number);
			return;
		}
		throw new Error("ten connections ended without an answer");
	}

	// Waits until every kind of client was answered by that version.
	async hears(version, ms) {
		const end = performance.now() + ms;
		const kinds = Object.keys(this.clients)
		    .filter((kind) => this.clients[kind] > 0);
		const missing = () => kinds.filter((kind) =>
		    !this.heard.has(`${kind} ${version}`));
		while (missing().length > 0) {
			if (performance.now() > end)
				throw new Error(`no answer of version ${version
				    } to ${missing()}`);
			await pause(10);
		}
	}

	// Waits for `n` more answers.
	async reaches(n) {
		const end = performance.now() + 20_000, want = this.total + n;
		while (this.total < want) {
			if (performance.now() > end)
				throw new Error(`${want - this.total} of ${n
				    } answers are missing`);
			await pause(5);
		}
	}

	// Messages that were answered and not handled exactly once.
	unequal() {
		const fd = openSync(this.ledger, "r");
		const bytes = Buffer.alloc(this.next + 1);
		readSync(fd, bytes, 0, bytes.length, 0);
		closeSync(fd);
		return this.acknowledged.filter((n) => bytes[n] !== 1);
	}
}

// A client over a plain socket. A subclass writes a message (encode) and finds
// the answer in what has arrived (decode: text, or null for more).
class Stream {
	constructor(load, kind) {
		this.load = load;
		this.kind = kind;
		this.input = Buffer.alloc(0);
	}

	connect() {
		this.least = this.load.version;
		this.input = Buffer.alloc(0);
		this.closing = false; // the server has announced the end
		return new Promise((done, refused) => {
			const socket = connect({ host: "127.0.0.1",
			    port: this.port, noDelay: true }, () => {
				socket.off("error", refused);
				this.#listen(socket);
				done();
			});
			socket.once("error", refused);
		});
	}

	#listen(socket) {
		this.socket = socket;
		socket.on("data", (bytes) => {
			if (this.closing)
				this.load.fail(this.kind, "bytes after the end");
			this.input = Buffer.concat([this.input, bytes]);
			this.#settle();
		});
		socket.on("end", () => this.#ended(socket, "clean"));
		socket.on("error", (error) => {
			if (this.socket !== socket)
				return;
			this.load.fail(this.kind, error.code);
			this.#ended(socket, error.code);
		});
	}

	#settle() {
		const text = this.waiter ? this.decode() : null;
		if (text === null)
			return;
		const { waiter } = this;
		this.waiter = null;
		waiter.done(text);
	}

	#ended(socket, how) {
		if (this.socket !== socket)
			return;
		const { waiter } = this;
		this.socket = null;
		this.waiter = null;
		this.load.count(this.load.ends, `${this.kind} ${
		    this.closing ? "announced" : waiter ? "crossed" : "idle"}`);
		socket.destroy();
		if (!waiter)
			return;
		if (this.input.length > 0)
			waiter.failed(new Error(`half an answer, then ${how}`));
		else
			this.unanswered(waiter, how);
	}

	// The end came in place of an answer.
	unanswered(waiter) {
		waiter.done(null);
	}

	async ask(text) {
		if (!this.socket)
			await this.connect();
		return new Promise((done, failed) => {
			this.waiter = { done, failed };
			if (this.socket === null)
				this.unanswered(this.waiter);
			else
				this.socket.write(this.encode(text));
		});
	}

	drop() {
		const { socket } = this;
		this.socket = null;
		socket?.destroy();
	}
}

class Text extends Stream {
	get port() { return this.load.ports.text; }

	encode(text) { return `${text}\n`; }

	decode() {
		const at = this.input.indexOf("\n");
		if (at < 0)
			return null;
		const text = this.input.toString("latin1", 0, at);
		this.input = this.input.subarray(at + 1);
		return text;
	}
}

// Without a protocol: small messages, one at a time, arrive whole.
class Raw extends Stream {
	get port() { return this.load.ports.raw; }

	encode(text) { return text; }

	decode() {
		const text = this.input.toString("latin1");
		if (!/ gen=\d+$/.test(text))
			return null;
		this.input = Buffer.alloc(0);
		return text;
	}
}

class Frame extends Stream {
	get port() { return this.load.ports.frame; }

	encode(text) {
		const bytes = Buffer.alloc(4 + text.length);
		bytes.writeUInt32BE(bytes.length);
		bytes.write(text, 4);
		return bytes;
	}

	decode() {
		if (this.input.length < 4 ||
		    this.input.length < this.input.readUInt32BE())
			return null;
		const end = this.input.readUInt32BE();
		const text = this.input.toString("latin1", 4, end);
		this.input = this.input.subarray(end);
		return text;
	}
}

class KeepAlive extends Stream {
	get port() { return this.load.ports.http; }

	encode(text) { return `GET /${text} HTTP/1.1\r\nHost: test\r\n\r\n`; }

	decode() {
		const head = this.input.indexOf("\r\n\r\n");
		if (head < 0)
			return null;
		const lines = this.input.toString("latin1", 0, head);
		const length = Number(/^Content-Length: (\d+)/im.exec(lines)?.[1]);
		if (this.input.length < head + 4 + length)
			return null;
		const text = this.input.toString("latin1", head + 4,
		    head + 4 + length);
		this.input = this.input.subarray(head + 4 + length);
		this.closing = /^Connection: close/im.test(lines);
		if (!lines.startsWith("HTTP/1.1 200 "))
			return `status: ${lines.split("\r\n")[0]}`;
		if (this.closing) { // a client that knows asks no more on it
			const { socket } = this;
			this.socket = null;
			this.load.count(this.load.ends, `${this.kind} announced`);
			socket.once("end", () => socket.destroy());
		}
		return text;
	}

	// No client can know whether it may ask again: a failed request.
	unanswered(waiter, how) {
		waiter.failed(new Error(`no answer, but the end (${how})`));
	}
}

class Short extends KeepAlive {
	encode(text) {
		return `GET /${text} HTTP/1.1\r\nHost: test\r\n` +
		    "Connection: close\r\n\r\n";
	}
}

class Socket {
	constructor(load, kind) {
		this.load = load;
		this.kind = kind;
	}

	connect() {
		const { load } = this;
		this.least = load.version;
		return new Promise((done, refused) => {
			const socket = new load.WebSocket(
			    `ws://127.0.0.1:${load.ports.websocket}/`,
			    { perMessageDeflate: false });
			socket.on("open", () => {
				this.socket = socket;
				done();
			});
			socket.on("error", refused);
			socket.on("message", (bytes) => {
				const { waiter } = this;
				this.waiter = null;
				waiter?.done(bytes.toString());
			});
			socket.on("close", (code) => this.#closed(socket, code));
		});
	}

	#closed(socket, code) {
		if (this.socket !== socket)
			return;
		const { waiter } = this;
		this.socket = this.waiter = null;
		this.load.count(this.load.ends, `${this.kind} ${code}`);
		if (code !== 1012)
			this.load.fail(this.kind, `closed with ${code}`);
		waiter?.done(null);
	}

	async ask(text) {
		if (this.socket?.readyState !== 1) {
			await this.closed();
			await this.connect();
		}
		return new Promise((done) => {
			this.waiter = { done };
			this.socket.send(text);
		});
	}

	// The close handshake has begun: its end is awaited.
	async closed() {
		const { socket } = this;
		if (socket)
			await new Promise((done) => socket.on("close", done));
	}

	drop() {
		const { socket } = this;
		this.socket = null;
		socket?.terminate();
	}
}
