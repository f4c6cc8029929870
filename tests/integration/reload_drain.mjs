// SPDX-License-Identifier: MIT
// How the old workers leave: what is in flight is answered, the rest ends
// gently and spread over time, and a deadline ends it all.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { cleanup, optional, run, test, until } from "../support/tap.mjs";
import { Load } from "../support/load.mjs";
import { Versioned } from "../support/versioned.mjs";

const WebSocket = (await optional(() => import("ws")))?.default;

async function begin(rows) {
	const program = new Versioned();
	cleanup(() => program.end());
	program.expected.push(/SIGKILL|SIGABRT/);
	let version = 1;
	program.next = () => program.renew(`v=${++version} ${rows}`);
	program.install(`v=1 ${rows}`);
	await program.start();
	return program;
}

// A connection that says what comes of it: text, ended (null, or an error's
// code) and when.
function dial(port) {
	return new Promise((done, refused) => {
		const socket = connect(port, "127.0.0.1");
		const c = { socket, text: "", over: false };
		c.end = new Promise((ended) => {
			const end = (how) => {
				c.over ||= true;
				c.at ??= performance.now();
				ended(how);
				socket.destroy();
			};
			socket.on("data", (bytes) => { c.text += bytes; });
			socket.on("end", () => end(null));
			socket.on("error", (error) => {
				refused(error);
				end(error.code);
			});
		});
		c.get = (path) => socket.write(
		    `GET /${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
		c.answered = (what) => until(`answer ${what}`, () =>
		    c.text.includes(what));
		socket.on("connect", () => done(c));
	});
}

const draining = async (program) => (await program.processes())
    .filter((p) => p.state === "draining");

test("a request in flight is answered, with the end announced", async () => {
	const program = await begin("row=http url=http://127.0.0.1:0");
	const c = await dial(await program.port("http"));
	c.get("later-1500");
	c.get("later-1600"); // behind it
	await until("it was delivered", async () =>
	    (await program.processes())[0].requests === 2);
	await program.next();
	assert.equal((await draining(program)).length, 1);
	assert.equal(c.text, "");
	assert.equal(await c.end, null);
	assert.match(c.text, /late v=1 [^]*late v=1 /);
	assert.equal(c.text.match(/^Connection: close/img)?.length, 1);
	await until("the old one has left", async () =>
	    (await draining(program)).length === 0);
	await program.stop();
});

test("a connection that was just in use ends by its next answer", async () => {
	const program = await begin("row=http url=http://127.0.0.1:0");
	const port = await program.port("http");
	const c = await dial(port), fresh = await dial(port);
	c.get("1");
	await c.answered("1 v=1");
	await until("both are accepted", async () =>
	    (await program.processes())[0].connections === 2);
	await program.next();
	c.get("2");
	fresh.get("3");
	assert.equal(await c.end, null);
	assert.equal(await fresh.end, null);
	assert.match(c.text, /Connection: close[^]*2 v=1/i);
	assert.match(fresh.text, /Connection: close[^]*3 v=1/i);
	await program.stop();
});

test("one that is idle ends at once, one that was in use soon", async () => {
	const program = await begin("row=http url=http://127.0.0.1:0");
	const port = await program.port("http");
	const idle = await dial(port);
	await until("it has been idle", async () =>
	    (await program.processes())[0].age_ms > 3500);
	const used = await dial(port);
	used.get("1");
	await used.answered("1 v=1");
	const began = performance.now();
	await program.next();
	assert.equal(await idle.end, null);
	assert.equal(await used.end, null);
	console.log(`# idle: ${Math.round(idle.at - began)} ms, in use: ${
	    Math.round(used.at - began)} ms`);
	assert.ok(idle.at - began < 900);
	assert.ok(used.at - began > 500 && used.at - began < 4000);
	await program.stop();
});

test("the deadline resets what is left", async () => {
	const program = await begin(
	    "row=http url=http://127.0.0.1:0 drain=700 spread=100");
	const c = await dial(await program.port("http"));
	c.get("later-60000");
	await until("it was delivered", async () =>
	    (await program.processes())[0].requests === 1);
	const began = performance.now();
	await program.next();
	assert.equal(await c.end, "ECONNRESET");
	console.log(`# reset after ${Math.round(c.at - began)} ms`);
	assert.ok(c.at - began > 600 && c.at - began < 3000);
	await until("the old one has left", async () =>
	    (await program.processes()).length === 1);
	assert.match(program.log, /did not end in time and are reset/);
	await program.stop();
});

test("a worker that does not leave is killed", async () => {
	const program = await begin(
	    "row=http url=http://127.0.0.1:0 drain=300 spread=100");
	program.expected.push(/did not leave in time/);
	const c = await dial(await program.port("http"));
	c.get("block-30000");
	const began = performance.now();
	await program.next();
	await c.end;
	console.log(`# killed after ${Math.round(c.at - began)} ms`);
	assert.ok(c.at - began < 5000);
	assert.match(program.log, /did not leave in time: killed/);
	await program.stop();
});

// When n connections ended, each by `clean`, counted in quarters of the time.
function quarters(times, began, ms) {
	const counts = [0, 0, 0, 0];
	for (const at of times)
		counts[Math.max(0, Math.min(3,
		    Math.floor((at - began) / (ms / 4))))]++;
	console.log(`# ends in quarters of ${ms} ms: ${counts}`);
	return counts;
}

function assert_spread(counts, n) {
	for (const count of counts)
		assert.ok(count >= n * 0.1 && count <= n * 0.5, `${counts}`);
}

const SPREAD = 2000, MANY = 80;

if (WebSocket)
	test("WebSockets are closed with 1012, spread over time", async () => {
		const program = await begin("row=ws " +
		    `url=websocket://127.0.0.1:0 spread=${SPREAD}`);
		const port = await program.port("ws");
		const times = [], codes = new Set();
		await Promise.all(Array.from({ length: MANY }, () =>
		    new Promise((open, failed) => {
			const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
			socket.on("open", open);
			socket.on("error", failed);
			socket.on("close", (code) => {
				times.push(performance.now());
				codes.add(code);
			});
		})));
		const began = performance.now();
		await program.next();
		await until("all are closed", () => times.length === MANY);
		assert.deepEqual([...codes], [1012]);
		assert_spread(quarters(times, began, SPREAD), MANY);
		await program.stop();
	});

test("conversations are spread, whoever else is there", async () => {
	const program = await begin(`row=both url=text://127.0.0.1:0
	    url=http://127.0.0.1:0 spread=${SPREAD}`);
	const { listeners } = await program.status();
	const [text, http] = listeners.map((l) =>
	    Number(/:(\d+)$/.exec(l.url)[1]));
	const others = await Promise.all(
	    Array.from({ length: MANY }, () => dial(http)));
	const talks = await Promise.all(
	    Array.from({ length: MANY }, () => dial(text)));
	await until("all are accepted", async () =>
	    (await program.processes())[0].connections === 2 * MANY);
	const began = performance.now();
	await program.next();
	for (const c of [...talks, ...others])
		assert.equal(await c.end, null);
	assert_spread(quarters(talks.map((c) => c.at), began, SPREAD), MANY);
	await program.stop();
});

test("few drain at a time: the oldest is hurried, also when reloads go on",
    async () => {
	const program = await begin("row=http url=http://127.0.0.1:0");
	const port = await program.port("http");
	const pinned = [];
	const began = performance.now();
	let most = 0;
	while (performance.now() - began < 4000) {
		const c = await dial(port);
		c.get("later-60000");
		c.since = performance.now();
		pinned.push(c);
		await until("it was delivered", async () =>
		    (await program.serving())[0].requests === 1);
		await program.next();
		most = Math.max(most, (await draining(program)).length);
	}
	console.log(`# ${pinned.length} reloads, ${most} draining at most`);
	assert.ok(pinned.length > 10);
	// the fifth behind it and a second later, the first is gone
	assert.ok(pinned[0].over, "the oldest was never ended");
	assert.ok(pinned[0].at < pinned[5].since + 3000);
	await until("four are left", async () =>
	    (await draining(program)).length === 4);
	for (const c of pinned.slice(0, -4))
		assert.equal(await c.end, "ECONNRESET");
	assert.deepEqual(pinned.slice(-4).map((c) => c.over),
	    [false, false, false, false]);
	pinned.forEach((c) => c.socket.resetAndDestroy());
	await program.stop();
});

test("nothing old answers a new connection when reload has returned",
    async () => {
	const program = await begin("row=http url=http://127.0.0.1:0 count=2");
	const ports = { http: await program.port("http") };
	for (let i = 0; i < 3; i++) {
		const { generation } = (await program.status()).master;
		const blocked = await Promise.all(Array.from({ length: 6 },
		    () => dial(ports.http)));
		// both old workers are in a callback when they are told to stop
		for (const c of blocked)
			c.get("block-150");
		await until("they are busy", async () =>
		    (await program.serving()).every((p) => p.requests > 0));
		await program.next();
		const load = new Load({ ports, clients: { short: 8 },
		    pauseMs: 0 });
		load.version = generation + 1;
		load.start();
		await load.reaches(300);
		await load.stop();
		assert.deepEqual(load.failed, []);
		for (const c of blocked)
			c.socket.destroy();
	}
	await program.stop();
});

await run();
