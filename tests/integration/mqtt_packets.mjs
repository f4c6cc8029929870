// SPDX-License-Identifier: MIT
// MQTT packet for packet, with clients at both workers: what goes wrong, what
// is sent again, and sessions that move.

import assert from "node:assert/strict";

import * as m from "../support/mqtt_client.mjs";
import { Program } from "../support/program.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const broker = new Program("apps/mqtt/mqtt",
    ["--listen", "mqtt=mqtt://127.0.0.1:0", "--listen",
	"web=http://127.0.0.1:0"]);
cleanup(() => broker.end());
broker.expected.push(/signal 9|SIGKILL|killed|exited with status 0/i, /too slow or too long away/);
await broker.start();
const port = await broker.port("mqtt");

const at = async (slot, client, options) => {
	const c = await m.openAt(port, slot);
	c.present = await c.connect(client, options);
	return c;
};

// Every worker has dealt with all that was published until now.
async function everywhere() {
	for (const slot of [0, 1]) {
		const c = await at(slot, "");
		await c.subscribe("settled", 0);
		const d = await at(1 - slot, "");
		d.send(m.publishPacket("settled", ""));
		await c.next(3);
		await Promise.all([c.disconnect(), d.disconnect()]);
	}
}

// Ends the process of a slot and waits for the next one.
async function replaced(slot, signal) {
	const pid = await broker.pid("mqtt", slot);
	process.kill(pid, signal);
	await until("another process", async () => {
		const { processes } = await broker.status();
		const now = processes.find((x) => x.worker === "mqtt" &&
		    x.slot === slot);
		return now?.pid > 1 && now.pid !== pid;
	});
}

for (const [why, bytes, said] of [
	["nothing of MQTT", Buffer.from("GET / HTTP/1.1\r\n\r\n"),
	    /that only servers send|reserved/],
	["a packet before CONNECT", m.pingPacket, /first packet is not CONNECT/],
	["a reserved flag", m.packet(0x11, []), /reserved flags/],
	["a length of five bytes", Buffer.from([0x10, 128, 128, 128, 128, 1]),
	    /more than four bytes/],
	["another protocol", m.packet(0x10, [0, 4], "AMQP", [4, 2, 0, 0, 0, 0]),
	    /not the protocol MQTT/],
	["a second CONNECT", Buffer.concat([m.connectPacket("a"),
	    m.connectPacket("a")]), /a second CONNECT/],
	["QoS 3", Buffer.concat([m.connectPacket("a"),
	    m.packet(0x36, [0, 1], "t", [0, 1])]), /QoS 3/],
	["a topic with a wildcard", Buffer.concat([m.connectPacket("a"),
	    m.publishPacket("a/#", "")]), /not a topic to publish to/],
	["a topic with NUL", Buffer.concat([m.connectPacket("a"),
	    m.publishPacket("a\0", "")]), /not a topic to publish to/],
	["a filter that is none", Buffer.concat([m.connectPacket("a"),
	    m.subscribePacket("a#", 0)]), /not a topic filter/],
	["packet identifier 0", Buffer.concat([m.connectPacket("a"),
	    m.publishPacket("a", "", { qos: 1, id: 0 })]),
	    /packet identifier 0/],
	["2 MiB announced", Buffer.concat([m.connectPacket("a"),
	    Buffer.from([0x30, 0x80, 0x80, 0x80, 1])]), /over the limit/]
])
	test(`${why} closes, and the log says why`, async () => {
		const c = await m.Client.open(port);
		const local = c.socket.localPort;
		c.send(bytes);
		await c.closed;
		assert.ok(c.heard.every((p) => p.type === 2));
		const line = await until("a line in the log", () =>
		    broker.log.split("\n").find((l) =>
			l.includes(`:${local} closed`)));
		assert.match(line, said);
	});

test("CONNACK refuses what it can refuse", async () => {
	for (const [bytes, code] of [
		[m.packet(0x10, [0, 4], "MQTT", [5, 2, 0, 0, 0, 0, 0]), 1],
		[m.packet(0x10, [0, 6], "MQIsdp", [3, 2, 0, 0, 0, 1], "a"), 1],
		[m.connectPacket("", { clean: false }), 2],
		[m.connectPacket("x".repeat(300)), 2]
	]) {
		const c = await m.Client.open(port);
		c.send(bytes);
		assert.deepEqual([...(await c.next(2)).body], [0, code]);
		assert.equal(await c.next(), null);
	}
});

test("silence beyond the keep-alive closes, and the will is sent", async () => {
	const watcher = await at(0, "");
	await watcher.subscribe("will/+", 1);
	const c = await at(1, "silent", { keepAlive: 1,
		will: { topic: "will/silent", payload: "gone", qos: 1 } });
	const begun = Date.now();
	await c.closed;
	assert.ok(Date.now() - begun >= 1500);
	const will = await watcher.next(3);
	assert.equal(will.topic, "will/silent");
	assert.equal(will.payload, "gone");
	assert.match(broker.log, /silent for longer than its keep-alive/);
	await watcher.disconnect();
});

test("a ping keeps it alive", async () => {
	const c = await at(0, "", { keepAlive: 1 });
	const end = Date.now() + 4000;
	while (Date.now() < end) {
		c.send(m.pingPacket);
		await c.next(13);
		await new Promise((done) => setTimeout(done, 500));
	}
	await c.disconnect();
});

test("DISCONNECT is without a will, a reset with it", async () => {
	const watcher = await at(1, "");
	await watcher.subscribe("will/+", 0);
	const will = (payload) => ({ will: { topic: "will/x", payload, qos: 0 } });
	await (await at(0, "w1", will("no"))).disconnect();
	await (await at(0, "w2", will("yes"))).reset();
	assert.equal((await watcher.next(3)).payload, "yes");
	await watcher.disconnect();
});

test("one message for overlapping filters, of the highest QoS", async () => {
	const c = await at(0, "");
	await c.subscribe("o/#", 0);
	await c.subscribe("o/+", 2);
	await c.subscribe("+/x", 1);
	const p = await at(1, "");
	p.send(m.publishPacket("o/x", "once", { qos: 2, id: 9 }));
	assert.equal((await p.next(5)).body.readUInt16BE(0), 9);
	assert.equal((await c.next(3)).qos, 2);
	await c.settle();
	assert.equal(c.heard.length, 0);
	await Promise.all([c.disconnect(), p.disconnect()]);
});

test("QoS 2 sent twice is published once", async () => {
	const c = await at(0, "");
	await c.subscribe("twice", 0);
	const p = await at(1, "");
	const options = { qos: 2, id: 5 };
	p.send(m.publishPacket("twice", "1", options));
	await p.next(5);
	p.send(m.publishPacket("twice", "1", { ...options, dup: true }));
	await p.next(5);
	p.send(m.ackPacket(0x62, 5));
	await p.next(7);
	p.send(m.publishPacket("twice", "2", options));
	await p.next(5);
	assert.equal((await c.next(3)).payload, "1");
	assert.equal((await c.next(3)).payload, "2");
	await Promise.all([c.disconnect(), p.disconnect()]);
});

test("what was not acknowledged is sent again at the other worker",
    async () => {
	const first = await at(0, "mover", { clean: false });
	assert.equal(first.present, false);
	await first.subscribe("again/#", 2);
	const p = await at(1, "");
	for (const [id, qos] of [[1, 1], [2, 2], [3, 2], [4, 1]])
		p.send(m.publishPacket(`again/${id}`, `m${id}`, { qos, id }));
	const got = [];
	for (let i = 0; i < 4; i++)
		got.push(await first.next(3));
	assert.deepEqual(got.map((g) => g.dup), [false, false, false, false]);
	first.send(m.ackPacket(0x50, got[1].id)); // PUBREC for the second
	await first.next(6);                      // its PUBREL, unanswered
	first.send(m.ackPacket(0x40, got[3].id)); // PUBACK for the fourth
	await first.settle();
	await first.reset();
	await everywhere();

	const second = await at(1, "mover", { clean: false });
	assert.equal(second.present, true);
	const a = await second.next(3), b = await second.next(6);
	const c = await second.next(3);
	assert.deepEqual([a.payload, a.dup, a.id], ["m1", true, got[0].id]);
	assert.equal(b.body.readUInt16BE(0), got[1].id);
	assert.deepEqual([c.payload, c.dup, c.id], ["m3", true, got[2].id]);
	second.send(m.ackPacket(0x40, a.id), m.ackPacket(0x70, got[1].id),
	    m.ackPacket(0x50, c.id));
	await second.next(6);
	second.send(m.ackPacket(0x70, c.id));
	await second.settle();
	assert.equal(second.heard.length, 0);
	await second.disconnect();

	const third = await at(0, "mover", { clean: false });
	assert.equal(third.present, true);
	await third.settle();
	assert.equal(third.heard.length, 0);
	await third.disconnect();
	await p.disconnect();
});

test("a session on its way loses and doubles nothing", async () => {
	const options = { clean: false }, N = 100;
	const publishers = [await at(0, ""), await at(1, "")];
	let c = await at(0, "flight", options);
	await c.subscribe("flight/+", 1);
	for (let round = 1; round <= 30; round++) {
		const next = await m.openAt(port, round % 2);
		await c.disconnect();
		const burst = (n) => Array.from({ length: N }, (_, i) =>
		    m.publishPacket(`flight/${n}`, `${round}:${i}`,
			{ qos: 1, id: i + 1 }));
		publishers[0].send(...burst(0));
		next.send(m.connectPacket("flight", options));
		publishers[1].send(...burst(1));
		assert.equal((await next.next(2)).body[0], 1);
		const got = [[], []];
		for (let i = 0; i < 2 * N; i++) {
			const p = await next.next(3);
			got[Number(p.topic.at(-1))].push(p.payload);
			next.send(m.ackPacket(0x40, p.id));
		}
		for (const mine of got)
			assert.deepEqual(mine, Array.from({ length: N },
			    (_, i) => `${round}:${i}`));
		await next.settle();
		assert.equal(next.heard.length, 0);
		c = next;
	}
	await Promise.all([c, ...publishers].map((x) => x.disconnect()));
});

test("a clean CONNECT elsewhere ends a session", async () => {
	const c = await at(0, "cleaned", { clean: false });
	await c.subscribe("cleaned", 1);
	await c.disconnect();
	const clean = await at(1, "cleaned");
	assert.equal(clean.present, false);
	await clean.disconnect();
	await everywhere();
	const after = await at(0, "cleaned", { clean: false });
	assert.equal(after.present, false);
	await after.disconnect();
});

for (const [from, to] of [[0, 0], [0, 1], [1, 0]])
	test(`a client id is taken over from worker ${from} at ${to}`,
	    async () => {
		const watcher = await at(0, "");
		await watcher.subscribe("will/taken", 0);
		const old = await at(from, "taken", { clean: false,
			will: { topic: "will/taken", payload: "x", qos: 0 } });
		await old.subscribe("taken", 1);
		const young = await at(to, "taken", { clean: false });
		assert.equal(young.present, true);
		assert.equal(await old.next(), null);
		assert.equal((await watcher.next(3)).payload, "x");
		watcher.send(m.publishPacket("taken", "hello"));
		assert.equal((await young.next(3)).payload, "hello");
		const clean = await at(from, "taken");
		assert.equal(await young.next(), null);
		await Promise.all([watcher.disconnect(), clean.disconnect()]);
	});

test("many claims at once leave one client", async () => {
	for (let round = 0; round < 10; round++) {
		const all = await Promise.all([0, 1, 0, 1, 0, 1].map((slot) =>
		    m.openAt(port, slot)));
		for (const c of all)
			c.send(m.connectPacket("wanted", { clean: false }));
		await until("one is left", () =>
		    all.filter((c) => !c.over).length === 1);
		const left = all.find((c) => !c.over);
		await left.next(2);
		await left.settle();
		await left.disconnect();
	}
});

test("who does not read loses QoS 0, and gets QoS 1 later", async () => {
	const c = await at(0, "slow");
	await c.subscribe("slow", 1);
	c.socket.pause();
	const p = await at(1, "");
	const big = Buffer.alloc(1_000_000, "x");
	for (let i = 0; i < 40; i++)
		p.send(m.publishPacket("slow", big));
	for (let i = 1; i <= 3; i++)
		p.send(m.publishPacket("slow", String(i), { qos: 1, id: i }));
	await everywhere();
	c.socket.resume();
	let lost = 40;
	for (let i = 1; i <= 3;) {
		const got = await c.next(3);
		if (got.qos === 0) {
			lost--;
			continue;
		}
		assert.equal(got.payload, String(i++));
	}
	assert.ok(lost > 0);
	await Promise.all([c.disconnect(), p.disconnect()]);
});

test("a worker that is stopped leaves its sessions to another", async () => {
	const c = await at(0, "heir", { clean: false });
	await c.subscribe("heir", 1);
	await c.disconnect();
	const p = await at(1, "");
	p.send(m.publishPacket("heir", "1", { qos: 1, id: 1 }));
	await p.next(4);
	await everywhere();
	await replaced(0, "SIGTERM");
	const back = await at(1, "heir", { clean: false });
	assert.equal(back.present, true);
	assert.equal((await back.next(3)).payload, "1");
	await Promise.all([back.disconnect(), p.disconnect()]);
});

test("a waiting session has a bound, and keeps the first", async () => {
	const c = await at(0, "away", { clean: false });
	await c.subscribe("flood", 1);
	await c.disconnect();
	const p = await at(1, "");
	for (let i = 0; i < 1100; i++)
		p.send(m.publishPacket("flood", String(i), { qos: 1, id: 1 }));
	for (let i = 0; i < 1100; i++)
		await p.next(4);
	await everywhere();
	const back = await at(1, "away", { clean: false });
	let n = 0;
	for (; n < 1000; n++) {
		const got = await back.next(3);
		assert.equal(got.payload, String(n));
		back.send(m.ackPacket(0x40, got.id));
	}
	await back.settle();
	assert.equal(back.heard.length, 0);
	await Promise.all([back.disconnect(), p.disconnect()]);
});

test("a worker that comes back learns what is retained", async () => {
	const p = await at(1, "");
	p.send(m.publishPacket("kept", "v", { qos: 1, retain: true }));
	await p.next(4);
	await replaced(0, "SIGKILL");
	const c = await until("a connection to it", () =>
	    at(0, "").catch(() => null));
	await c.subscribe("kept", 1);
	const got = await c.next(3);
	assert.deepEqual([got.payload, got.retain], ["v", true]);
	p.send(m.publishPacket("kept", "", { qos: 1, retain: true }));
	await p.next(4);
	await Promise.all([c.disconnect(), p.disconnect()]);
});

await run();
