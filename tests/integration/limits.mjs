// SPDX-License-Identifier: MIT
// Each row of the table of limits under the attack that it is there for: the
// answer, the reason that status counts, how much memory it cost, how long it
// took, and that others were served meanwhile. Rows of one worker run one
// after the other, workers at the same time.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

import { Program } from "../support/program.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";
import { frame } from "../support/ws_raw.mjs";

const PATH = "tests/support/limited";
const UNSENT = 256 << 10;
const MB = 1 << 20;

// What a sanitizer keeps of freed memory is not the program's.
const sanitized = readFileSync(
    `${process.env.top_builddir ?? "."}/${PATH}`).includes("__asan_init");
process.env.ASAN_OPTIONS =
    `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1`;
const SLACK = (sanitized ? 24 : 3) * MB;

const program = new Program(PATH);
program.expected.push(/accepting pauses/, /a deferred answer did not come/);
cleanup(() => program.end());
await program.start();
const ports = {};
for (const { worker, url } of (await program.status()).listeners)
	ports[worker] = Number(/:(\d+)$/.exec(url)[1]);

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const clients = new Set();
cleanup(() => clients.forEach((c) => c.socket.destroy()));

class Client {
	constructor(worker, { reads = true, halfOpen = false } = {}) {
		this.got = "";
		this.closed = false;
		this.socket = connect({ port: ports[worker],
			host: "127.0.0.1", noDelay: true,
			allowHalfOpen: halfOpen });
		clients.add(this);
		this.socket.on("error", () => {});
		this.open = new Promise((done) =>
			this.socket.once("connect", done));
		this.ended = new Promise((done) => {
			const end = () => { this.closed = true; done(); };
			this.socket.once("close", end);
			if (reads)
				this.socket.once("end", end);
		});
		this.more = () => {};
		if (!reads) {
			this.socket.pause();
			return;
		}
		this.socket.on("data", (data) => {
			this.got += data.toString("latin1");
			this.more();
		});
	}

	write(data) {
		if (!this.closed)
			this.socket.write(data);
	}

	// The rest bit by bit, until the server has enough of it.
	async dribble(data, ms) {
		for (const byte of data) {
			if (this.closed)
				break;
			this.socket.write(Buffer.from([byte]));
			await sleep(ms);
		}
		await this.ended;
	}

	async until(pattern, ms = 20_000) {
		const end = Date.now() + ms;
		while (!pattern.test(this.got)) {
			if (this.closed || Date.now() > end)
				throw new Error(`no ${pattern}: "${
				    this.got.slice(0, 200)}"`);
			await new Promise((done) => {
				this.more = done;
				this.ended.then(done);
				setTimeout(done, 1000);
			});
		}
	}

	end() {
		this.socket.destroy();
		clients.delete(this);
	}
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const upgrade = ["GET / HTTP/1.1", "Host: a", "Upgrade: websocket",
    "Connection: Upgrade", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""].join("\r\n");
const framed = (text) => {
	const head = Buffer.alloc(4);
	head.writeUInt32BE(4 + text.length);
	return Buffer.concat([head, Buffer.from(text)]);
};

// ---- others: one client of each worker that talks all the time ----

const talk = {
	raw: "witness", text: "witness\n", frame: framed("witness"),
	http: GET, websocket: frame(0x81, "witness"),
	few: GET, quiet: "witness\n", crowded: "witness\n", slow: "witness\n",
};
const reply = (worker) =>
    worker === "http" || worker === "few" ? /answer$/ : /witness\n?$/;

class Witness {
	constructor(worker) {
		this.worker = worker;
		this.longest = 0;
		this.answers = 0;
		this.over = this.talk().catch((error) => {
			this.error = error;
		});
	}

	async talk() {
		const c = new Client(this.worker);
		if (this.worker === "websocket") {
			c.write(upgrade);
			await c.until(/\r\n\r\n/);
		}
		while (!this.stop) {
			const before = Date.now();
			c.got = "";
			c.write(talk[this.worker]);
			await c.until(reply(this.worker));
			this.longest = Math.max(this.longest,
			    Date.now() - before);
			this.answers++;
			await sleep(50);
		}
		c.end();
	}

	async end() {
		this.stop = true;
		await this.over;
		if (this.error)
			throw this.error;
		assert.ok(this.answers > 0, "the witness had no answer");
		assert.ok(this.longest < 2000,
		    `the witness waited for ${this.longest} ms`);
	}
}

// ---- what status says ----

// Asked for by many at the same time, told to all; at most five times a second.
let asked, told = 0;
function status() {
	if (Date.now() - told > 200) {
		told = Date.now();
		asked = program.status();
	}
	return asked;
}

async function process_(worker) {
	return (await status()).processes.find((p) => p.worker === worker);
}

async function closes(worker, reason) {
	return (await status()).closes.find((c) =>
	    c.worker === worker && c.reason === reason)?.count ?? 0;
}

// Resident bytes of a process that lives.
const resident = (pid) => 4096 *
    Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);

// ---- the rows ----

const never = { reads: false };
const websocket = async (c) => {
	c.write(upgrade);
	await c.until(/\r\n\r\n/);
	c.got = "";
};
const forever = async (c, bytes) => {
	while (!c.closed && c.socket.bytesWritten < 64 * MB) {
		if (!c.socket.write(bytes))
			await Promise.race([c.ended, new Promise((done) =>
			    c.socket.once("drain", done))]);
		await new Promise(setImmediate); // others have a turn
	}
};
const chunk = Buffer.alloc(8192, "x");
const line = Buffer.alloc(8192, "x: y\r\n");

/*
 * limit, what the attack is, worker; n attackers; attack(client) runs until
 * the server has ended the connection; says: what each got; reason: as counted;
 * each: bytes that one may cost; from, to: seconds that it takes.
 */
const rows = [
	{ limit: "undecoded", what: "an endless line", worker: "text",
		reason: "overflow", attack: (c) => forever(c, chunk) },
	{ limit: "undecoded", what: "an endless line byte by byte",
		worker: "text", n: 3, reason: "overflow", to: 40,
		attack: (c) => c.dribble(chunk, 0) },
	{ limit: "message", what: "2 GiB declared in a frame",
		worker: "frame", reason: "too-big",
		attack: (c) => forever(c, Buffer.from("7fffffff", "hex")) },
	{ limit: "message", what: "a frame of no length", worker: "frame",
		reason: "protocol",
		attack: (c) => c.write(Buffer.alloc(4)) },
	{ limit: "message", what: "an HTTP body of a petabyte",
		worker: "http", says: /^HTTP\/1.1 413 /, reason: "too-big",
		attack: (c) => c.write("POST / HTTP/1.1\r\nHost: a\r\n" +
		    "Content-Length: 1000000000000000\r\n\r\n") },
	{ limit: "message", what: "an HTTP chunk of a terabyte",
		worker: "http", says: /^HTTP\/1.1 413 /, reason: "too-big",
		attack: (c) => c.write("POST / HTTP/1.1\r\nHost: a\r\n" +
		    "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n") },
	{ limit: "message", what: "a WebSocket message of 2^62 bytes",
		worker: "websocket", says: /^\x88.\x03\xf1/,
		reason: "too-big",
		attack: async (c) => {
			await websocket(c);
			c.write(Buffer.from("82ff4000000000000000" +
			    "00000000", "hex"));
		} },
	{ limit: "fragments", what: "a message of endless empty fragments",
		worker: "websocket", says: /^\x88.\x03\xf0/, reason: "policy",
		attack: async (c) => {
			await websocket(c);
			c.write(frame(0x01, "x"));
			for (let i = 0; i < 200; i++)
				c.write(frame(0x00, ""));
		} },
	{ limit: "header_bytes", what: "an endless header field",
		worker: "http", says: /^HTTP\/1.1 431 /,
		attack: (c) => {
			c.write("GET / HTTP/1.1\r\nHost: a\r\nA: ");
			return forever(c, chunk);
		} },
	{ limit: "header_bytes", what: "a WebSocket handshake without end",
		worker: "websocket", says: /^HTTP\/1.1 431 /,
		attack: (c) => {
			c.write(upgrade.slice(0, -2) + "A: ");
			return forever(c, chunk);
		} },
	{ limit: "headers", what: "many header fields", worker: "http",
		says: /^HTTP\/1.1 431 /,
		attack: (c) => c.write("GET / HTTP/1.1\r\nHost: a\r\n" +
		    "a: b\r\n".repeat(30) + "\r\n") },
	{ limit: "headers", what: "fields without end", worker: "http",
		says: /^HTTP\/1.1 431 /,
		attack: (c) => {
			c.write("GET / HTTP/1.1\r\nHost: a\r\n");
			return forever(c, line);
		} },
	{ limit: "pipeline", what: "requests that are never answered",
		worker: "http", n: 10, each: 512 << 10,
		attack: async (c) => {
			for (let i = 0; i < 100; i++)
				c.write(GET.replace("/ ", "/never ")
				    .repeat(1000));
			await sleep(1500);
			assert.ok(!c.closed);
			assert.equal(c.got, "");
			c.end();
		} },
	...[["raw", "flood"], ["text", "flood\n"],
	    ["frame", framed("flood")]].map(([worker, message]) => ({
		limit: "unsent, write_ms", what: "a peer that never reads",
		worker, n: 10, client: never, each: UNSENT + (128 << 10),
		reason: "write-timeout", from: 1.5, to: 8,
		attack: (c) => c.write(message) })),
	{ limit: "unsent, write_ms", what: "a peer that never reads",
		worker: "websocket", n: 10, client: never,
		each: UNSENT + (128 << 10), reason: "write-timeout",
		from: 1.5, to: 8,
		attack: (c) => {
			c.write(upgrade);
			c.write(frame(0x81, "flood"));
		} },
	{ limit: "unsent, write_ms", what: "pings whose pongs are not read",
		worker: "websocket", n: 4, client: never,
		each: UNSENT + (512 << 10), reason: "write-timeout", to: 15,
		attack: (c) => {
			c.write(upgrade);
			return forever(c, Buffer.concat(
			    Array(100).fill(frame(0x89, "p".repeat(125)))));
		} },
	{ limit: "unsent, write_ms", what: "answers that are not read",
		worker: "http", n: 10, client: never,
		each: UNSENT + (256 << 10), reason: "write-timeout",
		from: 1.5, to: 10,
		attack: (c) => forever(c,
		    GET.replace("/ ", "/flood ").repeat(100)) },
	{ limit: "handshake_ms", what: "a WebSocket handshake byte by byte",
		worker: "websocket", says: /^HTTP\/1.1 408 /,
		reason: "timeout", from: 1.5, to: 6,
		attack: (c) => c.dribble(Buffer.from(upgrade), 100) },
	{ limit: "header_ms", what: "headers byte by byte", worker: "http",
		says: /^HTTP\/1.1 408 /, reason: "timeout", from: 1.5, to: 6,
		attack: (c) => c.dribble(Buffer.from("GET / HTTP/1.1\r\n" +
		    "Host: a\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"), 150) },
	{ limit: "header_ms", what: "connections that say nothing",
		worker: "http", n: 200, says: /^$/, reason: "timeout",
		from: 1.5, to: 8, attack: () => {} },
	{ limit: "body_ms", what: "a body that stops", worker: "http",
		says: /^HTTP\/1.1 408 /, reason: "timeout", from: 1.5, to: 6,
		attack: (c) => c.write("POST / HTTP/1.1\r\nHost: a\r\n" +
		    "Content-Length: 100\r\n\r\nhalf") },
	{ limit: "keepalive_ms", what: "keep-alive for nothing",
		worker: "http", says: /answer$/, reason: "timeout",
		from: 1.5, to: 6, attack: (c) => c.write(GET) },
	{ limit: "idle_ms", what: "silence", worker: "quiet", says: /^$/,
		reason: "timeout", from: 1.5, to: 6, attack: () => {} },
];

const settled = (worker) => until(`'${worker}' has only its witness`,
    async () => (await process_(worker)).connections <= 1, 20_000);

async function attempt(row, all, counted) {
	await Promise.all(all.map(async (c) => {
		await c.open;
		await row.attack(c);
		if (row.client?.reads !== false)
			await c.ended;
	}));
	if (row.reason)
		await until(`${all.length} closed with "${row.reason}"`, async () =>
		    await closes(row.worker, row.reason) >= counted + all.length,
		    20_000);
}

async function attack(row) {
	const n = row.n ?? 20;
	const witness = new Witness(row.worker);
	const { pid } = await process_(row.worker);
	const before = resident(pid);
	const counted = row.reason &&
	    await closes(row.worker, row.reason);
	const begin = Date.now();
	const all = Array.from({ length: n }, () =>
		new Client(row.worker, row.client));
	let most = before;
	const watch = setInterval(() => {
		try {
			most = Math.max(most, resident(pid));
		} catch { // it died, which what follows finds out
			clearInterval(watch);
		}
	}, 20);
	try {
		await attempt(row, all, counted);
	} finally {
		clearInterval(watch);
	}
	const seconds = (Date.now() - begin) / 1000;
	for (const c of all) {
		if (row.says)
			assert.match(c.got, row.says);
		c.end();
	}
	await witness.end();
	await settled(row.worker);
	assert.equal((await process_(row.worker)).pid, pid, "the worker died");
	const grown = most - before;
	const bound = n * (row.each ?? 16384) + SLACK;
	console.log(`# ${row.limit}: ${row.what} (${row.worker}): ` +
	    `${seconds.toFixed(1)} s, ${(grown / n / 1024).toFixed(0)} KiB ` +
	    `each, witness ${witness.longest} ms`);
	assert.ok(grown < bound, `it cost ${grown} bytes, not ${bound}`);
	assert.ok(seconds >= (row.from ?? 0) && seconds <= (row.to ?? 10),
	    `it took ${seconds} s`);
}

// Those of one worker in a row; a failure does not keep the others back.
const turns = {};
for (const row of rows) {
	const before = turns[row.worker] ?? Promise.resolve();
	row.result = before.then(() => attack(row)).then(() => null,
	    (error) => error);
	turns[row.worker] = row.result;
	test(`${row.limit}: ${row.what} (${row.worker})`, async () => {
		const error = await row.result;
		if (error)
			throw error;
	});
}

test("close_ms: a peer that does not end when it is told to", async () => {
	await Promise.all(Object.values(turns));
	const before = await closes("text", "overflow");
	const begin = Date.now();
	const c = new Client("text", { halfOpen: true });
	await c.open;
	c.write(chunk);
	await c.ended; // its side; ours stays open
	await until("it was given up", async () =>
	    await closes("text", "overflow") === before + 1);
	const seconds = (Date.now() - begin) / 1000;
	assert.ok(seconds > 1.5 && seconds < 6, `after ${seconds} s`);
	c.end();
});

test("per_address: a crowd from one address", async () => {
	const all = Array.from({ length: 30 }, () => new Client("crowded"));
	await until("most are turned away", async () =>
	    await closes("crowded", "address") === 20);
	const inside = all.filter((c) => !c.closed);
	inside.forEach((c) => c.write("hello\n"));
	await Promise.all(inside.map((c) => c.until(/hello\n/)));
	assert.equal(inside.length, 10);
	inside[0].end();
	await until("one has left", async () =>
	    (await process_("crowded")).connections === 9);
	const next = new Client("crowded");
	next.write("next\n");
	await next.until(/next\n/);
	all.forEach((c) => c.end());
	next.end();
});

test("accept_rate: newcomers wait, and cost nothing", async () => {
	const before = await process_("slow");
	const begin = Date.now();
	const all = Array.from({ length: 60 }, () => new Client("slow"));
	all.forEach((c) => c.write("hello\n"));
	await Promise.all(all.map((c) => c.until(/hello\n/)));
	const seconds = (Date.now() - begin) / 1000;
	const after = await process_("slow");
	assert.ok(seconds > 1.8, `60 at 20 a second in ${seconds} s`);
	assert.ok(after.accept_slowed > before.accept_slowed);
	assert.ok(after.cpu_ms - before.cpu_ms < 500,
	    `${after.cpu_ms - before.cpu_ms} ms of CPU`);
	all.forEach((c) => c.end());
});

test("connections: a flood beyond nofile waits and costs no CPU; who is idle " +
    "makes room, and so does the end of the flood, at once", async () => {
	const idle = new Client("few");
	idle.write(GET);
	await idle.until(/answer$/);
	const flood = Array.from({ length: 400 }, () => new Client("few"));
	flood.forEach((c) => c.write("GET"));
	await until("accepting has paused", async () =>
	    (await process_("few")).accept_paused > 0);
	await idle.ended; // it made room for one of them
	const before = await process_("few");
	assert.ok(before.connections >= 80 && before.connections < 160,
	    `${before.connections} connections`);
	await sleep(1000);
	const after = await process_("few");
	assert.ok(after.cpu_ms - before.cpu_ms < 200,
	    `${after.cpu_ms - before.cpu_ms} ms of CPU in a second`);
	flood.forEach((c) => c.end());
	const begin = Date.now();
	const c = new Client("few");
	c.write(GET);
	await c.until(/answer$/);
	assert.ok(Date.now() - begin < 2000, "it was not served at once");
	c.end();
});

await run();
