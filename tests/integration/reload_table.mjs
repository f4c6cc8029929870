// SPDX-License-Identifier: MIT
// What a reload changes: everything that the table says, without a refused or
// reset connection where the address stays.

import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { cleanup, run, test, until } from "../support/tap.mjs";
import { Load } from "../support/load.mjs";
import { Versioned, freePort } from "../support/versioned.mjs";

let program, version;

async function begin(table) {
	program = new Versioned();
	version = 1;
	cleanup(((p) => () => p.end())(program));
	program.install(`v=1 journal=${program.journal} ${table}`);
	await program.start();
}

const renew = (table) => program.renew(
    `v=${++version} journal=${program.journal} ${table}`);

// What a port, or the path of a unix socket, answers to a line of text.
function ask(port, text) {
	return new Promise((done, failed) => {
		const socket = typeof port === "string" ? connect(port) :
		    connect(port, "127.0.0.1");
		let answer = "";
		socket.on("data", (bytes) => {
			answer += bytes;
			if (answer.includes("\n") || answer.includes("\r\n\r\n"))
				socket.end();
		});
		socket.on("close", () => done(answer));
		socket.on("error", failed);
		socket.write(text.endsWith("\n") ? text : `${text}\n`);
	});
}

async function who(port) {
	const answer = await ask(port, "who");
	const match = /v=(\d+) pid=(\d+) row=(\S+)/.exec(answer);
	assert.ok(match, `answer '${answer}'`);
	return { version: Number(match[1]), pid: Number(match[2]),
	    row: match[3] };
}

const refused = (port) => assert.rejects(ask(port, "who"),
    { code: "ECONNREFUSED" });
const text = (port) => `url=text://127.0.0.1:${port}`;
// An address that left the table is closed when its last worker has left.
const closes = (port) => until(`port ${port} is closed`, () =>
    ask(port, "who").then(() => false, (e) => e.code === "ECONNREFUSED"));

test("listeners are added and removed", async () => {
	const [a, b, c] = await Promise.all([freePort(), freePort(),
	    freePort()]);
	await begin(`row=one ${text(a)} ${text(b)}`);
	await refused(c);
	await renew(`row=one ${text(a)} ${text(b)} ${text(c)}`);
	for (const port of [a, b, c])
		assert.equal((await who(port)).version, 2);
	await renew(`row=one ${text(c)}`);
	await closes(a);
	await closes(b);
	assert.equal((await who(c)).version, 3);
	const { listeners } = await program.status();
	assert.deepEqual(listeners.map((l) => l.url),
	    [`text://127.0.0.1:${c}`]);
});

test("rows are added and removed", async () => {
	const [a, b] = await Promise.all([freePort(), freePort()]);
	await begin(`row=one ${text(a)} count=2`);
	await renew(`row=one ${text(a)} count=2 row=two ${text(b)} count=3`);
	assert.equal((await program.serving("two")).length, 3);
	assert.equal((await who(b)).version, 2);
	await renew(`row=two ${text(b)} count=3`);
	await closes(a);
	await until("no process of the row is left", async () =>
	    (await program.processes("one")).length === 0);
	assert.equal((await who(b)).version, 3);
});

test("a listener that moves to another worker is served throughout",
    async () => {
	const port = await freePort(), other = await freePort();
	await begin(`row=one ${text(port)} row=two ${text(other)} count=2`);
	const load = new Load({ ports: { text: port },
	    clients: { text: 4 } });
	load.start();
	await load.reaches(100);
	await renew(`row=one ${text(other)} row=two ${text(port)} count=2`);
	load.version = version;
	await load.reaches(100);
	await renew(`row=two ${text(port)} count=3`);
	load.version = version;
	await load.reaches(100);
	await load.stop();
	assert.deepEqual(load.failed, []);
	assert.match((await who(port)).row, /^two/);
});

test("the protocol of a port changes", async () => {
	const port = await freePort();
	await begin(`row=one ${text(port)} count=2`);
	await renew(`row=one url=http://127.0.0.1:${port} count=2`);
	const request = "GET /1 HTTP/1.0\r\n\r\n";
	for (let i = 0; i < 10; i++)
		assert.match(await ask(port, request), /^HTTP\/1\.1 200 /);
	await renew(`row=one ${text(port)} count=2`);
	assert.equal((await who(port)).version, 3);
});

test("the count goes up and down: nobody is refused, reset or left waiting",
    async () => {
	const port = await freePort();
	const row = `row=one url=http://127.0.0.1:${port}`;
	await begin(`${row} count=2`);
	const load = new Load({ ports: { http: port },
	    clients: { short: 6, keepalive: 2 }, pauseMs: 1 });
	load.start();
	for (const count of [5, 1, 8, 3, 2, 4, 1]) {
		await renew(`${row} count=${count}`);
		load.version = version;
		assert.equal((await program.serving()).length, count);
		await load.reaches(200);
	}
	await load.stop();
	console.log(`# ${load.total} answers, longest silence ${
	    Math.round(load.silence)} ms`);
	assert.deepEqual(load.failed, []);
	assert.ok(load.silence < 5000, "a queue that nobody served");
});

test("a unix socket stays, changes its count, and goes", async () => {
	await begin("row=one count=2");
	const path = join(program.dir, "socket");
	const row = `row=one url=text+unix://${path}`;
	await renew(`${row} count=2`);
	assert.equal((await who(path)).version, 2);
	const { ino } = statSync(path);
	for (const count of [4, 1]) {
		await renew(`${row} count=${count}`);
		for (let i = 0; i < 16; i++)
			assert.equal((await who(path)).version, version);
	}
	assert.equal(statSync(path).ino, ino);
	await renew("row=one");
	await until("the file is gone", () => !existsSync(path));
});

test("limits change", async () => {
	const port = await freePort();
	await begin(`row=one ${text(port)} message=1000`);
	assert.match(await ask(port, "facts"), /message=1000/);
	await renew(`row=one ${text(port)} message=2000`);
	assert.match(await ask(port, "facts"), /message=2000/);
});

test("options of the protocol change", async () => {
	const port = await freePort();
	const row = `row=one url=http://127.0.0.1:${port}`;
	const bad = "BREW / HTTP/1.1\r\nHost: test\r\n\r\n";
	await begin(row);
	assert.match(await ask(port, bad), /Content-Type: text\/plain/);
	await renew(`${row} problems`);
	assert.match(await ask(port, bad), /application\/problem\+json/);
});

test("the user changes", async () => {
	if (process.getuid() !== 0) {
		console.log("# needs root");
		return;
	}
	const port = await freePort();
	program = null;
	version = 1;
	const p = program = new Versioned();
	cleanup(() => p.end());
	p.install(`v=1 row=one ${text(port)}`);
	await p.start();
	assert.match(await ask(port, "facts"), /uid=0 /);
	await p.renew(`v=2 row=one ${text(port)} user=nobody`);
	assert.match(await ask(port, "facts"), /uid=65534 /);
	await p.renew(`v=3 row=one ${text(port)}`);
	assert.match(await ask(port, "facts"), /uid=0 /);
});

test("a row that is not reloadable stays, and is told", async () => {
	const [a, b] = await Promise.all([freePort(), freePort()]);
	const table = `row=stays ${text(a)} count=2 keep row=goes ${text(b)}`;
	await begin(table);
	const stay = await program.pids("stays"), go = await program.pids("goes");
	await renew(table);
	assert.equal(await program.pids("stays"), stay);
	assert.notEqual(await program.pids("goes"), go);
	assert.equal((await who(a)).version, 1);
	assert.equal((await who(b)).version, 2);
	await until("both are told", () => program.notes().filter((n) =>
	    n.what === "reload" && n.who.startsWith("stays/")).length === 2);
	assert.equal(program.notes().filter((n) => n.what === "reload").length,
	    2);
	// one that dies comes back as what it was
	const [{ pid, slot }] = await program.serving("stays");
	process.kill(pid, "SIGKILL");
	await until("it is back", async () => (await program.serving("stays"))
	    .some((p) => p.slot === slot && p.pid !== pid &&
		p.state === "idle"));
	for (let i = 0; i < 8; i++)
		assert.equal((await who(a)).version, 1);
	program.expected.push(/SIGKILL/);
});

test("fewer of those that stay leave no queue unserved", async () => {
	const a = await freePort();
	await begin(`row=stays ${text(a)} count=4 keep`);
	await renew(`row=stays ${text(a)} count=1 keep`);
	await until("three have left", async () =>
	    (await program.processes("stays")).length === 1);
	for (let i = 0; i < 24; i++)
		await Promise.race([who(a), new Promise((done, failed) =>
		    setTimeout(failed, 3000, new Error("nobody answers"))
			.unref())]);
});

test("more of those that stay are of the new program", async () => {
	const a = await freePort();
	await begin(`row=stays ${text(a)} keep`);
	const before = await program.pids();
	await renew(`row=stays ${text(a)} count=3 keep`);
	const after = await program.pids();
	assert.ok(after.includes(before));
	assert.equal(after.split(" ").length, 3);
	const seen = new Set();
	await until("old and new answer", async () => {
		seen.add((await who(a)).version);
		return seen.size === 2;
	});
});

test("a new address of those that stay is not bound for nobody",
    async () => {
	const [a, b] = await Promise.all([freePort(), freePort()]);
	await begin(`row=stays ${text(a)} keep`);
	const { out } = await renew(`row=stays ${text(b)} keep`);
	assert.match(out, /stays is not reloadable: its new addresses wait/);
	await refused(b);
	assert.equal((await who(a)).version, 1);
	await renew(`row=stays ${text(b)}`);
	assert.equal((await who(b)).version, 3);
	await closes(a);
});

test("successors act when the predecessors have stopped acting",
    async () => {
	const a = await freePort();
	const table = `row=one ${text(a)} count=2 repeat`;
	await begin(table);
	const held = connect(a, "127.0.0.1"); // keeps one draining
	await until("the timer repeats", () => program.notes().some((n) =>
	    n.what === "repeat"));
	for (let i = 0; i < 3; i++)
		await renew(table);
	await until("the last is active", () => program.notes().filter((n) =>
	    n.what === "active" && n.version === 4).length === 2);
	held.destroy();
	const notes = program.notes();
	for (const active of notes.filter((n) => n.what === "active"))
		for (const n of notes)
			assert.ok(n.what !== "repeat" || n.who !== active.who ||
			    n.at < active.at ||
			    n.version >= active.version,
			    `${n.who} of version ${n.version} repeats ${
			    n.at - active.at} s after ${active.version}`);
});

test("who asks for it hears of the reload", async () => {
	const a = await freePort();
	const table = `row=stays ${text(a)} keep events row=goes`;
	await begin(table);
	await renew(table);
	const heard = () => program.notes().map((n) => n.what)
	    .filter((what) => what.startsWith("event:"));
	await until("begin, end, and a death", () => heard().length === 3);
	assert.deepEqual(heard(), ["event:RELOAD_BEGIN:0",
	    "event:RELOAD_END:0", "event:WORKER_EXIT:0"]);
	program.install("v=9 prepare=refuse row=stays");
	assert.equal((await program.reload()).code, 7);
	program.expected.push(/reload refused/);
	await until("the refusal", () => heard().length === 5);
	assert.deepEqual(heard().slice(3), ["event:RELOAD_BEGIN:0",
	    "event:RELOAD_END:1"]);
});

await run();
