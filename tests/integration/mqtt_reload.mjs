// SPDX-License-Identifier: MIT
// The broker is reloaded under its clients, and none of them notices: by TCP
// and by WebSocket, at every worker, with messages in flight in both
// directions. WM_RELOADS says how often.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

import * as m from "../support/mqtt_client.mjs";
import { Flow } from "../support/mqtt_flow.mjs";
import { Program } from "../support/program.mjs";
import { cleanup, optional, run, skip, test, until } from "../support/tap.mjs";

const ws = await optional(() => import("ws"));
if (!ws)
	skip("the node package ws is not installed");
if (spawnSync("mosquitto_sub", ["--help"]).error ||
    spawnSync("mosquitto_pub", ["--help"]).error)
	skip("mosquitto_pub and mosquitto_sub are not installed");

const RELOADS = Number(process.env.WM_RELOADS ?? 10);
const NEVER = 60_000;

const broker = new Program("apps/mqtt/mqtt",
    ["--listen", "mqtt=mqtt://127.0.0.1:0", "--listen",
	"web=http://127.0.0.1:0"]);
cleanup(() => broker.end());
await broker.start();
const port = await broker.port("mqtt");
const web = await broker.port("web");
const HOST = ["-h", "127.0.0.1", "-p", String(port)];

const children = [];
cleanup(() => children.forEach((child) => child.kill("SIGKILL")));

const pids = async () => (await broker.status()).processes
    .filter((p) => p.pid > 1).map((p) => p.pid);

// One process for each slot is left, each another one than before.
async function reload(...args) {
	const before = new Set(await pids());
	await broker.expect("reload", ...args);
	await until("all are replaced", async () => {
		const now = await pids();
		return now.length === 3 && now.every((pid) => !before.has(pid));
	}, 45_000);
}

const connections = async () => JSON.parse(
    await broker.expect("connections", "--json")).connections;

// A few at once: the kernel chooses where each goes.
async function bySlot(slot) {
	for (;;) {
		const some = await Promise.all(Array.from({ length: 4 },
		    () => m.Client.open(port)));
		let found;
		await until("they are there", async () => {
			const all = await connections();
			const slots = some.map((s) => all.find((c) =>
			    c.foreign === `127.0.0.1:${s.socket.localPort}`)
			    ?.slot);
			found = some[slots.indexOf(slot)];
			return !slots.includes(undefined);
		});
		some.filter((s) => s !== found).forEach((s) => s.reset());
		if (found)
			return found;
	}
}

async function byWeb() {
	const socket = new ws.WebSocket(`ws://127.0.0.1:${web}/`, "mqtt");
	await once(socket, "open");
	const stream = ws.createWebSocketStream(socket);
	const client = new m.Client(stream);
	socket.on("close", () => stream.destroy());
	client.ws = socket;
	return client;
}

// Everywhere that a client can be.
const places = [["at worker 0", () => bySlot(0)],
	["at worker 1", () => bySlot(1)], ["by WebSocket", byWeb]];

async function joined(open, id, options) {
	const client = await open();
	client.present = await client.connect(id, options);
	return client;
}

const at = (slot, id, options) => joined(() => bySlot(slot), id, options);

async function silent(client) {
	await client.settle();
	assert.deepEqual(client.heard, []);
}

// ---- all at once ----

function mosquitto(name, ...args) {
	const child = spawn(name, [...HOST, ...args], { timeout: NEVER });
	children.push(child);
	child.closed = once(child, "close");
	return child;
}

// What mosquitto_sub prints: "TOPIC NUMBER" lines.
function listener(...args) {
	const child = mosquitto("mosquitto_sub", "-v", ...args);
	let rest = "";
	child.lines = [];
	child.lasts = new Map();
	child.last = (topic) => child.lasts.get(topic) ?? 0;
	child.stdout.on("data", (data) => {
		const all = (rest + data).split("\n");
		rest = all.pop();
		child.lines.push(...all);
		for (const line of all) {
			const [topic, number] = line.split(" ");
			child.lasts.set(topic, Number(number));
		}
	});
	return child;
}

test(`${RELOADS} reloads: each message once and in order, nobody is closed`,
    async () => {
	const will = { topic: "will/flow", payload: "x", qos: 1 };
	const watcher = await at(0, "watcher");
	await watcher.subscribe("will/#", 1);
	const subscribers = [], publishers = [];
	for (const [i, [, open]] of places.entries()) {
		const listen = await joined(open, `sub${i}`, { will,
			clean: i > 0 });
		await listen.subscribe("flow/+/+", 2);
		await listen.subscribe("flow/#", 1);
		subscribers.push(new Flow(listen));
		publishers.push(new Flow(await joined(open, `pub${i}`,
		    { will })));
	}
	const real = [0, 1, 2].map((qos) => listener("-t", "flow/+/+", "-q",
	    String(qos), "-t", "$SYS/broker/worker", "--will-topic", "will/r",
	    "--will-payload", "x"));
	for (const child of real) {
		await until("mosquitto_sub", () => child.lines.length > 0);
		child.lines.shift();
	}
	const pipes = [0, 1, 2].map((qos) => mosquitto("mosquitto_pub", "-l",
	    "-t", `flow/pipe/${qos}`, "-q", String(qos)));

	let stopped = false, piped = 0;
	// No faster than it is heard.
	const heard = (topic, n) => [...subscribers, ...real].every((s) =>
	    s.last(topic) >= n);
	const work = publishers.map((p, i) => p.publish(`flow/${i}`,
	    () => stopped, (n) => heard(`flow/${i}/2`, n - 20)));
	const feed = (async () => {
		while (!stopped) {
			piped++;
			pipes.forEach((p) => p.stdin.write(`${piped}\n`));
			await until("it is heard", () => [0, 1, 2].every((qos) =>
			    heard(`flow/pipe/${qos}`, piped - 20)), NEVER);
		}
	})();
	await until("all are there", () => [0, 1, 2].every((qos) =>
	    heard(`flow/pipe/${qos}`, 1)));
	const before = (await connections()).map((c) => c.id).sort();
	for (let i = 0; i < RELOADS; i++) {
		await reload();
		const before = subscribers.map((s) => s.total);
		await until("it goes on", () => subscribers.every((s, k) =>
		    s.total > before[k] + 20));
	}
	assert.deepEqual((await connections()).map((c) => c.id).sort(), before);
	stopped = true;
	const counts = await Promise.all(work);
	await feed;
	const expected = new Map();
	for (const qos of [0, 1, 2]) {
		publishers.forEach((p, i) =>
		    expected.set(`flow/${i}/${qos}`, counts[i]));
		expected.set(`flow/pipe/${qos}`, piped);
	}
	const all = [...expected.values()].reduce((a, b) => a + b, 0);
	for (const s of subscribers)
		await until("all of it", () => s.total >= all);
	for (const child of real)
		await until("all of it", () => child.lines.length >= all);
	for (const [topic, n] of expected) {
		const numbers = Array.from({ length: n }, (_, i) => i + 1);
		assert.ok(n > 10 * RELOADS, `${topic}: ${n}`);
		for (const s of subscribers)
			assert.deepEqual(s.numbers(topic), numbers);
		for (const child of real)
			assert.deepEqual(child.lines.filter((l) =>
			    l.startsWith(`${topic} `)).map((l) =>
			    Number(l.split(" ")[1])), numbers);
	}
	for (const s of subscribers) {
		assert.equal(s.total, all);
		assert.equal(s.repeated, 0);
	}
	await silent(watcher);
	for (const child of pipes) {
		child.stdin.end();
		assert.equal((await child.closed)[0], 0);
	}
	for (const child of real) {
		child.kill("SIGTERM");
		await child.closed;
	}
	for (const c of [...publishers, ...subscribers].map((f) => f.client)) {
		assert.ok(!c.over);
		await c.disconnect();
	}
	await watcher.disconnect();
});

// The next worker has clients of its own while it takes those of the one
// before: what these publish must not pass by who is on the way.
test("who comes during a reload is heard by who is just moving", async () => {
	const subscribers = [];
	for (const [i, [, open]] of places.entries()) {
		const c = await joined(open, `brief${i}`);
		await c.subscribe("brief/#", 2);
		subscribers.push(new Flow(c));
	}
	const crowd = await Promise.all(Array.from({ length: 300 }, (_, i) =>
	    joined(() => m.Client.open(port), `crowd${i}`)));
	let n = 0, reloading = true;
	const visit = async () => {
		while (reloading) {
			const k = ++n;
			const c = await m.Client.open(port);
			c.send(m.connectPacket(""),
			    m.publishPacket("brief/0", String(k)),
			    m.publishPacket("brief/1", String(k), { qos: 1 }));
			await c.next(2);
			await c.next(4);
			await c.reset();
		}
	};
	const visits = [1, 2, 3, 4].map(visit);
	for (let i = 0; i < RELOADS; i++)
		await reload();
	reloading = false;
	await Promise.all(visits);
	const numbers = Array.from({ length: n }, (_, i) => i + 1);
	for (const s of subscribers) {
		await until("all of it", () => s.total >= 2 * n);
		for (const qos of [0, 1])
			assert.deepEqual(s.numbers(`brief/${qos}`)
			    .sort((a, b) => a - b), numbers);
	}
	for (const c of [...subscribers.map((s) => s.client), ...crowd]) {
		assert.ok(!c.over);
		await c.disconnect();
	}
});

// ---- one after the other ----

for (const [where, open] of places)
	test(`${where}, QoS 2 in flight goes on where it was`, async () => {
		const s = await joined(open, "in flight");
		await s.subscribe("f/#", 2);
		const p = await joined(open, "sender");
		p.send(m.publishPacket("f/1", "one", { qos: 2, id: 51 }),
		    m.publishPacket("f/2", "two", { qos: 2, id: 52 }),
		    m.publishPacket("f/3", "three", { qos: 1, id: 53 }));
		assert.equal((await p.next(5)).body.readUInt16BE(0), 51);
		assert.equal((await p.next(5)).body.readUInt16BE(0), 52);
		await p.next(4);
		p.send(m.ackPacket(0x62, 52));
		await p.next(7);
		const one = await s.next(3), two = await s.next(3);
		const three = await s.next(3);
		s.send(m.ackPacket(0x50, two.id));
		assert.equal((await s.next(6)).body.readUInt16BE(0), two.id);
		await reload();
		await silent(s);

		// To the broker: one is not released yet, two is.
		p.send(m.publishPacket("f/1", "one", { qos: 2, id: 51,
			dup: true }));
		await p.next(5);
		p.send(m.ackPacket(0x62, 51));
		await p.next(7);
		p.send(m.publishPacket("f/1", "again", { qos: 2, id: 51 }),
		    m.publishPacket("f/2", "again", { qos: 2, id: 52 }));
		await p.next(5);
		await p.next(5);
		// From it: each is where it was.
		s.send(m.ackPacket(0x50, one.id), m.ackPacket(0x70, two.id),
		    m.ackPacket(0x40, three.id));
		const heard = [];
		for (let i = 0; i < 3; i++)
			heard.push(await s.next());
		assert.deepEqual(heard.map((x) => x.type).sort(), [3, 3, 6]);
		assert.ok(heard.every((x) => !x.dup && ![one.id, two.id,
			three.id].includes(x.type === 3 ? x.id : 0)));
		assert.equal(heard.find((x) => x.type === 6).body
		    .readUInt16BE(0), one.id);
		assert.deepEqual(heard.filter((x) => x.type === 3)
		    .map((x) => x.payload), ["again", "again"]);
		await silent(s);
		await Promise.all([s.disconnect(), p.disconnect()]);
	});

for (const [where, open] of places)
	test(`${where}, what is queued for a slow client comes later`,
	    async () => {
		const s = await joined(open, "queue");
		await s.subscribe("queue", 1);
		const p = await at(0, "");
		const N = 60, got = [];
		for (let i = 1; i <= N; i++)
			p.send(m.publishPacket("queue", String(i),
			    { qos: 1, id: i }));
		for (let i = 1; i <= N; i++)
			await p.next(4);
		for (let i = 0; i < 20; i++) // as many as may be in flight
			got.push(await s.next(3));
		await silent(s);
		await reload();
		await silent(s);
		for (const one of got.slice())
			s.send(m.ackPacket(0x40, one.id));
		while (got.length < N) {
			got.push(await s.next(3));
			s.send(m.ackPacket(0x40, got.at(-1).id));
		}
		assert.deepEqual(got.map((x) => x.payload),
		    Array.from({ length: N }, (_, i) => String(i + 1)));
		assert.ok(got.every((x) => !x.dup));
		await silent(s);
		await Promise.all([s.disconnect(), p.disconnect()]);
	});

for (const [where, open] of places)
	test(`${where}, half a packet becomes a whole one`, async () => {
		const s = await at(0, "halves");
		await s.subscribe("half", 0);
		const early = await open();
		const hello = m.connectPacket("early");
		early.send(hello.subarray(0, 5));
		const late = await joined(open, "late");
		const packet = m.publishPacket("half", "whole");
		late.send(packet.subarray(0, 7));
		await until("both are there", async () => {
			const all = await connections();
			return all.filter((c) => c.recv_q === 5 ||
			    c.recv_q === 7 || c.bytes_r > 0).length >= 3;
		});
		await reload();
		early.send(hello.subarray(5));
		assert.deepEqual([...(await early.next(2)).body], [0, 0]);
		late.send(packet.subarray(7));
		assert.equal((await s.next(3)).payload, "whole");
		await Promise.all([s, early, late].map((c) => c.disconnect()));
	});

test("what is retained is there, at each worker, and may be replaced",
    async () => {
	const p = await at(0, "");
	for (const [topic, value] of [["kept/a", "1"], ["kept/b", "2"]]) {
		p.send(m.publishPacket(topic, value, { retain: true, qos: 1 }));
		await p.next(4);
	}
	await reload();
	p.send(m.publishPacket("kept/b", "", { retain: true, qos: 1 }));
	await p.next(4);
	await reload();
	for (const [, open] of places) {
		const s = await joined(open, "");
		await s.subscribe("kept/#", 1);
		const kept = await s.next(3);
		assert.deepEqual([kept.topic, kept.payload, kept.retain],
		    ["kept/a", "1", true]);
		await silent(s);
		await s.disconnect();
	}
	p.send(m.publishPacket("kept/a", "", { retain: true, qos: 1 }));
	await p.next(4);
	await p.disconnect();
});

test("a session whose client is away waits, and hears meanwhile", async () => {
	const p = await at(1, "");
	for (const [i, [, open]] of places.entries()) {
		const c = await joined(open, "away", { clean: false });
		await c.subscribe("away/+", 2);
		await c.disconnect();
		for (const n of [1, 2]) {
			p.send(m.publishPacket(`away/${n}`, `m${n}`,
			    { qos: n, id: n }));
			await p.next(n === 1 ? 4 : 5);
			if (n === 2) {
				p.send(m.ackPacket(0x62, n));
				await p.next(7);
			}
			await reload();
		}
		const back = await joined(places[(i + 1) % 3][1], "away",
		    { clean: false });
		assert.equal(back.present, true);
		for (const n of [1, 2]) {
			const got = await back.next(3);
			assert.deepEqual([got.payload, got.qos, got.dup],
			    [`m${n}`, n, false]);
			back.send(m.ackPacket(n === 1 ? 0x40 : 0x50, got.id));
			if (n === 2) {
				await back.next(6);
				back.send(m.ackPacket(0x70, got.id));
			}
		}
		await silent(back);
		await back.disconnect();
	}
	await p.disconnect();
});

test("a client that comes and goes during reloads misses nothing",
    async () => {
	const options = { clean: false };
	const publishers = [new Flow(await at(0, "")), new Flow(await at(1, ""))];
	let c = new Flow(await at(0, "nomad", options)), stopped = false;
	await c.client.subscribe("nomad/+/1", 1);
	await c.client.subscribe("nomad/+/2", 2);
	const work = publishers.map((p, i) => p.publish(`nomad/${i}`,
	    () => stopped, (n) => c.last(`nomad/${i}/2`) >= n - 50, [1, 2]));
	let moves = 0, reloading = true;
	const reloads = (async () => {
		for (let i = 0; i < 4; i++)
			await reload();
		reloading = false;
	})();
	for (; reloading || moves < 10; moves++) {
		const before = c.total;
		await until("something", () => c.total > before + 5);
		await c.client.settle();
		const { heard, received } = c.leave();
		await c.client.disconnect();
		c = new Flow(await joined(places[moves % 3][1], "nomad",
		    options), heard, received);
		assert.equal(c.client.present, true);
	}
	stopped = true;
	await reloads;
	const counts = await Promise.all(work);
	const all = 2 * (counts[0] + counts[1]);
	await until("all of it", () => c.distinct() >= all);
	for (const i of [0, 1])
		for (const qos of [1, 2])
			assert.deepEqual([...new Set(c.numbers(
			    `nomad/${i}/${qos}`))], Array.from(
			    { length: counts[i] }, (_, k) => k + 1));
	for (const i of [0, 1]) // QoS 2: once in any case
		assert.equal(c.numbers(`nomad/${i}/2`).length, counts[i]);
	await Promise.all([c.client, ...publishers.map((p) => p.client)]
	    .map((x) => x.disconnect()));
});

test("keep-alive has the time that was left, and its end has a will",
    async () => {
	const watcher = await at(0, "");
	await watcher.subscribe("will/+", 1);
	const will = (payload) => ({ keepAlive: 2, will: { topic: "will/late",
		payload, qos: 1 } });
	const alive = await at(1, "alive", will("alive"));
	const all = [], names = [], begun = Date.now();
	for (const [i, [, open]] of places.entries()) {
		all.push(await joined(open, `late${i}`, will(`late${i}`)));
		names.push(`late${i}`);
	}
	while (!all.every((c) => c.over)) {
		assert.ok(Date.now() - begun < 15_000, "for ever");
		await reload();
		alive.send(m.pingPacket);
		await alive.next(13);
	}
	assert.ok(Date.now() - begun >= 3000);
	const wills = [];
	for (let i = 0; i < 3; i++) {
		const w = await watcher.next(3);
		wills.push(w.payload);
		watcher.send(m.ackPacket(0x40, w.id));
	}
	assert.deepEqual(wills.sort(), names);
	await silent(watcher);
	await Promise.all([alive.disconnect(), watcher.disconnect()]);
});

test("who is lost after a reload has a will, who says goodbye none",
    async () => {
	const watcher = await at(1, "");
	await watcher.subscribe("will/after", 0);
	const will = (payload) => ({ will: { topic: "will/after", payload,
		qos: 0 } });
	const all = [];
	for (const [i, [, open]] of places.entries())
		all.push([await joined(open, "", will("polite")),
			await joined(open, "", will(String(i)))]);
	await reload();
	for (const [polite] of all)
		await polite.disconnect();
	for (const [, lost] of all)
		lost.ws ? lost.ws.terminate() : await lost.reset();
	const wills = [];
	for (let i = 0; i < 3; i++)
		wills.push((await watcher.next(3)).payload);
	assert.deepEqual(wills.sort(), ["0", "1", "2"]);
	await silent(watcher);
	await watcher.disconnect();
});

test("a client id is taken over after a reload", async () => {
	for (const [i, [, open]] of places.entries()) {
		const old = await joined(open, "owner", { clean: false });
		await old.subscribe("owner", 1);
		await reload();
		const young = await joined(places[(i + 1) % 3][1], "owner",
		    { clean: false });
		assert.equal(young.present, true);
		await old.closed;
		const p = await at(0, "");
		p.send(m.publishPacket("owner", "hello", { qos: 1 }));
		const got = await young.next(3);
		assert.equal(got.payload, "hello");
		young.send(m.ackPacket(0x40, got.id));
		await silent(young);
		await Promise.all([young.disconnect(), p.disconnect()]);
	}
});

test("reload -g closes, but keeps the sessions", async () => {
	const p = await at(1, "");
	const all = [];
	for (const [i, [, open]] of places.entries()) {
		const c = await joined(open, `drained${i}`, { clean: false });
		await c.subscribe("drained", 1);
		all.push(c);
	}
	const gone = Promise.all([p, ...all].map((c) => c.closed));
	const done = reload("-g");
	await gone;
	const q = await at(0, "");
	const back = [];
	for (const [i, [, open]] of places.entries()) {
		back.push(await joined(open, `drained${i}`, { clean: false }));
		assert.equal(back[i].present, true);
	}
	q.send(m.publishPacket("drained", "hello", { qos: 1 }));
	for (const c of back)
		assert.equal((await c.next(3)).payload, "hello");
	await done;
	await Promise.all([q, ...back].map((c) => c.disconnect()));
});

await run();
