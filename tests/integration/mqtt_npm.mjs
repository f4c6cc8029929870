// SPDX-License-Identifier: MIT
// MQTT as the npm package mqtt speaks it, by TCP and by WebSocket, with a
// client that changes its worker while others publish.

import assert from "node:assert/strict";
import { once } from "node:events";

import { socketAt } from "../support/mqtt_client.mjs";
import { Program } from "../support/program.mjs";
import { cleanup, optional, run, skip, test, until } from "../support/tap.mjs";

const mqtt = (await optional(() => import("mqtt")))?.default;
if (!mqtt)
	skip("the node package mqtt is not installed");

const broker = new Program("apps/mqtt/mqtt",
    ["--listen", "mqtt=mqtt://127.0.0.1:0", "--listen",
	"web=http://127.0.0.1:0"]);
cleanup(() => broker.end());
await broker.start();
const port = await broker.port("mqtt");
const web = await broker.port("web");

async function ready(client, inbox) {
	client.inbox = inbox ?? [];
	client.on("message", (topic, payload, packet) =>
	    client.inbox.push({ topic, payload: String(payload), packet }));
	client.on("error", () => {});
	const [ack] = await once(client, "connect");
	client.present = ack.sessionPresent;
	return client;
}

async function at(slot, options = {}, inbox) {
	const socket = await socketAt(port, slot);
	return ready(new mqtt.MqttClient(() => socket,
	    { reconnectPeriod: 0, ...options }), inbox);
}

const byWeb = (options = {}) => ready(mqtt.connect(`ws://127.0.0.1:${web}/mqtt`,
    { reconnectPeriod: 0, ...options }));

const gone = async (client) => {
	const closed = once(client, "close");
	client.stream.destroy();
	await closed;
};

test("each QoS from each worker to each, in order", async () => {
	const all = [await at(0), await at(1), await byWeb()];
	for (const c of all)
		await c.subscribeAsync("all/+", { qos: 2 });
	for (const c of all)
		for (const qos of [0, 1, 2])
			for (let i = 0; i < 10; i++)
				await c.publishAsync("all/x",
				    `${all.indexOf(c)} ${qos} ${i}`, { qos });
	for (const c of all) {
		await until("all of it", () => c.inbox.length === 90);
		for (const from of [0, 1, 2])
			for (const qos of [0, 1, 2])
				assert.deepEqual(c.inbox.map((x) => x.payload)
				    .filter((p) =>
					p.startsWith(`${from} ${qos} `)),
				    Array.from({ length: 10 }, (_, i) =>
					`${from} ${qos} ${i}`));
	}
	for (const c of all)
		await c.endAsync();
});

test("a client that moves all the time gets every QoS 2 message once",
    async () => {
	const store = () => new mqtt.Store({ clean: false });
	const options = { clientId: "nomad", clean: false,
		incomingStore: store(), outgoingStore: store() };
	const publishers = [await at(0), await at(1)];
	const got = [], LAST = 2000;
	let busy = publishers.length;
	let c = await at(0, options, got), moves = 0;
	await c.subscribeAsync("move/+", { qos: 2 });
	const work = publishers.map(async (p, n) => {
		for (let i = 0; i < LAST; i += 50) {
			// No faster than a waiting session bears.
			await until("its turn", () =>
			    2 * i < got.length + 500);
			await Promise.all(Array.from({ length: 50 }, (_, k) =>
			    p.publishAsync(`move/${n}`, String(i + k),
				{ qos: 2 })));
		}
		busy--;
	});
	for (; busy > 0; moves++) {
		const before = got.length;
		await until("something", () => got.length > before + 5 ||
		    busy === 0);
		await c.endAsync();
		c = await at((moves + 1) % 2, options, got);
		assert.equal(c.present, true);
	}
	await Promise.all(work);
	await until("all of it", () => got.length >= 2 * LAST);
	assert.ok(moves >= 4, `${moves} moves`);
	for (const n of [0, 1]) {
		const numbers = got.filter((x) => x.topic === `move/${n}`)
		    .map((x) => Number(x.payload));
		assert.deepEqual(numbers, Array.from(
		    { length: LAST }, (_, i) => i));
	}
	await Promise.all([c, ...publishers].map((x) => x.endAsync()));
});

test("a session moves from TCP to a WebSocket and back", async () => {
	const options = { clientId: "both", clean: false };
	const p = await at(1);
	const a = await at(0, options);
	await a.subscribeAsync("both", { qos: 1 });
	await gone(a);
	await p.publishAsync("both", "1", { qos: 1 });
	const b = await byWeb(options);
	assert.equal(b.present, true);
	await until("the first", () => b.inbox[0]?.payload === "1");
	await gone(b);
	await p.publishAsync("both", "2", { qos: 1 });
	const c = await at(1, options);
	await until("the second", () =>
	    c.inbox.at(-1)?.payload === "2");
	await Promise.all([c.endAsync(), p.endAsync()]);
});

test("a WebSocket has a will, and what is retained", async () => {
	const watcher = await at(0);
	await watcher.subscribeAsync("web/will");
	await watcher.publishAsync("web/kept", "v", { retain: true, qos: 1 });
	const c = await byWeb({ will: { topic: "web/will", qos: 1,
		payload: Buffer.from("gone") } });
	await c.subscribeAsync("web/#");
	await until("the retained", () => c.inbox[0]?.packet.retain);
	await gone(c);
	await until("the will", () => watcher.inbox[0]?.payload === "gone");
	await watcher.publishAsync("web/kept", "", { retain: true, qos: 1 });
	await watcher.endAsync();
});

test("packets may be cut anywhere in WebSocket messages", async () => {
	const { WebSocket } = await import("ws");
	const ws = new WebSocket(`ws://127.0.0.1:${web}/`, "mqtt");
	const got = [];
	ws.on("message", (data) => got.push(data));
	await once(ws, "open");
	assert.equal(ws.protocol, "mqtt");
	for (const byte of Buffer.from("100d00044d51545404020000000161c000c0",
	    "hex"))
		ws.send(Buffer.from([byte]));
	ws.send(Buffer.from("00c000", "hex"));
	await until("three answers", () =>
	    Buffer.concat(got).toString("hex") === "20020000d000d000d000");
	ws.send("text");
	assert.equal((await once(ws, "close"))[0], 1003);
});

for (const [why, bytes, code] of [
	["is malformed", "c000", 1002],
	["is refused", "100d00044d5154540502000000000161", 1002]
])
	test(`a WebSocket closes when a packet ${why}`, async () => {
		const { WebSocket } = await import("ws");
		const ws = new WebSocket(`ws://127.0.0.1:${web}/`, "mqtt");
		const got = [];
		ws.on("message", (data) => got.push(data));
		await once(ws, "open");
		ws.send(Buffer.from(bytes, "hex"));
		assert.equal((await once(ws, "close"))[0], code);
		assert.equal(Buffer.concat(got).toString("hex"),
		    why === "is refused" ? "20020001" : "");
	});

test("the web port says what it is", async () => {
	const answer = await fetch(`http://127.0.0.1:${web}/`);
	assert.equal(answer.status, 426);
	const { WebSocket } = await import("ws");
	const ws = new WebSocket(`ws://127.0.0.1:${web}/`, "amqp");
	const [error] = await once(ws, "error");
	assert.match(error.message, /400/);
});

await run();
