// SPDX-License-Identifier: MIT
// Reloads while clients talk: connections move, and nobody notices.
// WM_RELOADS and WM_CLIENTS say how much of it.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Client, descriptors, Mover } from "../support/mover.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const reloads = Number(process.env.WM_RELOADS ?? 5);
const size = Number(process.env.WM_CLIENTS ?? 40); // per slot

const mover = new Mover();
const slotsFile = join(mover.dir, "slots");
mover.args.push("--slots", slotsFile);
writeFileSync(slotsFile, "2");
cleanup(() => mover.end());
await mover.start();
const port = await mover.port("mover");
const { master } = await mover.status();

const open = [];
cleanup(() => open.forEach((client) => client.end()));

async function visit(name, to = port) {
	const client = await Client.open(to, name);
	open.push(client);
	return client;
}

// Publishes numbers until it is stopped; says how many.
function publisher(client) {
	let n = 0, stopped = false;
	const id = client.name;
	const loop = (async () => {
		while (!stopped) {
			for (let i = 0; i < 5; i++)
				client.write(`pub news #${id} ${++n}\n`);
			assert.equal(await client.ask("ping"), "ping");
		}
		return n;
	})();
	return { id, stop: () => { stopped = true; return loop; } };
}

// Asks and is answered, one after the other.
function talker(client) {
	let n = 0, stopped = false;
	const loop = (async () => {
		while (!stopped)
			assert.equal(await client.ask(`talk ${++n}`),
			    `talk ${n}`);
		return n;
	})();
	return { client, stop: () => { stopped = true; return loop; } };
}

test("nobody notices reloads: nothing lost, doubled, reordered or closed",
    async () => {
	const slots = await mover.spread(size);
	const listeners = slots.flat();
	open.push(...listeners);
	for (const client of listeners)
		assert.equal(await client.ask("sub news"), "subbed");
	const publishers = (await mover.spread(2, "p")).flat();
	open.push(...publishers);
	const talkers = [];
	for (const group of await mover.spread(4, "t"))
		talkers.push(...group.map(talker));
	open.push(...talkers.map((t) => t.client));
	const ids = await mover.ids();
	const fds = descriptors(master.pid);
	const sources = publishers.map(publisher);
	const where = new Map();

	for (let i = 0; i < reloads; i++) {
		const before = new Set(
		    (await mover.processes()).map((p) => p.pid));
		await mover.reload();
		const after = await mover.settled();
		for (const { pid } of after)
			assert.ok(!before.has(pid), "replaced");
	}
	const said = new Map();
	for (const source of sources)
		said.set(source.id, await source.stop());
	for (const t of talkers)
		assert.ok(await t.stop() > 0);
	assert.ok([...said.values()].every((n) => n > 0));
	for (const client of listeners) {
		await until(`all at ${client.name}`, () => client.closed ||
		    [...said].every(([id, n]) => client.heard.get(id) >= n));
		assert.equal(client.closed, false);
		assert.deepEqual(client.disorder, []);
		for (const [id, n] of said)
			assert.equal(client.heard.get(id), n);
		const who = await client.who();
		assert.equal(who.name, client.name);
		assert.equal(who.generation, reloads + 1);
		assert.equal(who.lines, 4, "name, who, sub, who");
		where.set(client.name, who.slot);
	}
	for (const [slot, group] of slots.entries())
		for (const client of group)
			assert.equal(where.get(client.name), slot);
	assert.deepEqual(await mover.ids(), ids);
	assert.equal(descriptors(master.pid), fds);
	const { connect, close } = mover.events();
	for (const id of ids) {
		assert.equal(connect.get(String(id)), 1);
		assert.equal(close.get(String(id)), undefined);
	}
	open.splice(0).forEach((client) => client.end());
	await until("one close each", () => {
		const { close } = mover.events();
		return ids.every((id) => close.get(String(id)) === 1);
	});
});

test("reloads in the middle of a move: nothing lost, doubled or closed",
    async () => {
	writeFileSync(slotsFile, "2 2000"); // 2 ms for each, there and here
	await mover.reload();
	await mover.settled();
	const clients = (await mover.spread(150, "m")).flat(); // 3 batches
	open.push(...clients);
	for (const client of clients)
		assert.equal(await client.ask("sub news"), "subbed");
	const sources = clients.slice(0, 1).concat(clients.slice(-1))
	    .map(publisher);
	const talkers = clients.slice(1, -1).map(talker);
	for (let round = 0; round < 2; round++) {
		for (let i = 0; i < 3; i++)
			await mover.reload();
		await mover.settled();
	}
	const said = new Map();
	for (const source of sources)
		said.set(source.id, await source.stop());
	for (const t of talkers)
		assert.ok(await t.stop() > 0);
	const { generation } = await clients[0].who();
	for (const client of clients) {
		await until(`all at ${client.name}`, () => client.closed ||
		    [...said].every(([id, n]) => client.heard.get(id) >= n));
		assert.equal(client.closed, false);
		assert.deepEqual(client.disorder, []);
		for (const [id, n] of said)
			assert.equal(client.heard.get(id), n);
		assert.equal((await client.who()).generation, generation);
	}
	writeFileSync(slotsFile, "2");
	await mover.reload();
	await mover.settled();
	open.splice(0).forEach((client) => client.end());
});

test("half a message goes with its connection", async () => {
	const client = await visit("half");
	const { lines } = await client.who();
	client.write("one\ntwo h");
	assert.equal(await client.line(), "one");
	await until("the half has arrived", async () => {
		const { connections } = JSON.parse(
		    await mover.expect("connections", "--json"));
		return connections.some((c) => c.recv_q === 5);
	});
	await mover.reload();
	await mover.settled();
	client.write("alves\n");
	assert.equal(await client.line(), "two halves");
	assert.equal((await client.who()).lines, lines + 3);
});

test("what a slow reader did not take follows it, in order", async () => {
	const client = await visit("slow");
	const n = 200_000;
	client.socket.pause();
	client.write(`flood ${n}\n`);
	const row = await until("unsent output", async () => {
		const { connections } = JSON.parse(
		    await mover.expect("connections", "--json"));
		return connections.find((c) => c.send_q > 100_000);
	});
	for (let i = 0; i < 2; i++) {
		await mover.reload();
		await mover.settled();
	}
	const { connections } = JSON.parse(
	    await mover.expect("connections", "--json"));
	const now = connections.find((c) => c.id === row.id);
	assert.ok(now.send_q > 100_000);
	assert.ok(now.bytes_w >= row.bytes_w && row.bytes_w > 0);
	assert.equal(now.requests, row.requests);
	client.socket.resume();
	for (let i = 0; i < n; i++)
		assert.equal(await client.line(), `flood ${i} of many numbers`);
	client.end();
});

test("a paused connection stays paused until it is resumed", async () => {
	const client = await visit("paused");
	const other = await visit("waker");
	const { connections } = JSON.parse(
	    await mover.expect("connections", "--json"));
	const { id } = connections.find((c) => c.foreign ===
	    `127.0.0.1:${client.socket.localPort}`);
	client.write("pause\nlater\n");
	const paused = async () => JSON.parse(await mover.expect("connections",
	    "--json")).connections.some((c) => c.state === "paused" &&
	    c.id === id);
	await until("paused", paused);
	await mover.reload();
	await mover.settled();
	assert.ok(await paused());
	assert.deepEqual(client.lines, []);
	other.write(`wake ${id}\n`);
	assert.equal(await client.line(), "later");
});

test("one that owes an answer moves when it has given it", async () => {
	const client = await visit("owing");
	const { pid } = await client.who();
	client.write("hold 700\n");
	assert.equal(await (await visit("x")).ask("y"), "y");
	await mover.reload();
	assert.equal(await client.line(), "held");
	await mover.settled();
	assert.notEqual((await client.who()).pid, pid);
});

test("it moves through several reloads in a row, one pinned behind",
    async () => {
	const client = await visit("pinned");
	const rest = await visit("free");
	assert.equal(await client.ask("sub chain"), "subbed");
	assert.equal(await rest.ask("sub chain"), "subbed");
	client.write("hold 1500\n");
	let n = 0;
	for (let i = 0; i < 3; i++) {
		rest.write(`pub chain #free ${++n}\n`);
		await mover.reload();
		rest.write(`pub chain #free ${++n}\n`);
	}
	assert.equal(await client.line(), "held");
	rest.write(`pub chain #free ${++n}\n`);
	await mover.settled();
	rest.write(`pub chain #free ${++n}\n`);
	for (const c of [client, rest]) {
		await until(`all at ${c.name}`, () => c.heard.get("free") === n);
		assert.deepEqual(c.disorder, []);
	}
	const { generation } = await rest.who();
	assert.equal((await client.who()).generation, generation);
});

test("the process's own state arrives before its connections", async () => {
	const [a] = await mover.spread(1, "state");
	open.push(...a);
	assert.equal(await a[0].ask("set 4711"), "set");
	await mover.reload();
	await mover.settled();
	assert.equal(await a[0].ask("get"), "number 4711 1");
});

test("data that nobody writes down keeps a connection from moving",
    async () => {
	const client = await visit(undefined, await mover.port("plain"));
	assert.equal(await client.ask("a"), "a");
	await mover.reload();
	await until("it drains", () => client.closed);
});

test("an idle connection has only the time that was left", async () => {
	const client = await visit(undefined, await mover.port("dozy"));
	assert.equal(await client.ask("a"), "a");
	const begun = Date.now();
	while (!client.closed) {
		assert.ok(Date.now() - begun < 15_000, "for ever");
		await mover.reload();
	}
	assert.ok(Date.now() - begun < 10_000);
});


test("fewer slots: all go to those that are left", async () => {
	const all = (await mover.spread(5, "few")).flat();
	open.push(...all);
	const ours = async () => {
		const { connections } = JSON.parse(
		    await mover.expect("connections", "--json"));
		return all.map((client) => connections.find((c) => c.foreign ===
		    `127.0.0.1:${client.socket.localPort}`)?.id);
	};
	const ids = await ours();
	writeFileSync(slotsFile, "1");
	await mover.reload();
	await mover.settled("mover", 1);
	for (const client of all) {
		const { slot, name } = await client.who();
		assert.equal(slot, 0);
		assert.equal(name, client.name);
	}
	assert.deepEqual(await ours(), ids);
});

await run();
