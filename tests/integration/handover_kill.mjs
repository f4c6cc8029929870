// SPDX-License-Identifier: MIT
// Workers that are killed at any time around a reload: only what they held
// is lost, the rest goes on in order, and nothing stays behind. WM_KILLS says
// how many times, WM_CLIENTS of how many connections in each slot, of which a
// batch of records holds 64.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { descriptors, Mover } from "../support/mover.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const kills = Number(process.env.WM_KILLS ?? 20);
const size = Number(process.env.WM_CLIENTS ?? 80); // per slot

const mover = new Mover();
const speed = join(mover.dir, "slots");
mover.args.push("--slots", speed);
writeFileSync(speed, `2 ${Math.round(40_000 / size)}`); // a move takes a while
cleanup(() => mover.end());
await mover.start();
const { master } = await mover.status();
mover.expected.push(/worker mover\/\d/, /reload/);

// All children of the master, old and new: [{ pid, slot }], with a slot those
// of the row.
function children() {
	const found = [];
	const path = `/proc/${master.pid}/task/${master.pid}/children`;
	const pids = existsSync(path) ? readFileSync(path, "utf8") : "";
	for (const pid of pids.trim().split(" ").filter((pid) => pid))
		try {
			const title = readFileSync(`/proc/${pid}/cmdline`,
			    "latin1");
			const slot = /worker mover\/(\d)/.exec(title)?.[1];
			found.push({ pid: Number(pid), slot: slot ?
			    Number(slot) : undefined });
		} catch { /* it has just ended */ }
	return found;
}

const workers = () => children().filter((w) => w.slot !== undefined);

// Clients, by slot, all of which hear what one of each slot publishes.
let slots = [[], []];
cleanup(() => slots.flat().forEach((client) => client.end()));

async function fill() {
	if (slots.every((group) => group.length === size))
		return;
	const missing = Math.max(...slots.map((group) => size - group.length));
	const more = await mover.spread(missing, "k");
	for (const [i, group] of more.entries())
		while (slots[i].length < size) {
			const client = group.pop();
			assert.equal(await client.ask("sub news"), "subbed");
			client.id = (await client.who()).id;
			slots[i].push(client);
		}
	more.flat().forEach((client) => client.end());
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Numbers from each slot, until stopped; the publisher may be among the lost.
// And everybody asks, and is answered or ended.
function talk(round) {
	let stopped = false;
	const publishers = slots.map(async ([client], slot) => {
		for (let n = 1; !stopped && !client.closed; n++) {
			client.write(`pub news #${round}-${slot} ${n}\n`);
			await pause(2);
		}
	});
	const askers = slots.flat().map(async (client) => {
		for (let n = 1; !stopped && !client.closed; n++) {
			const text = `${round} ${client.name} ${n}`;
			const answer = await client.ask(text).catch((error) => {
				if (!client.closed)
					throw error;
				return text;
			});
			assert.equal(answer, text, "answered once, in order");
			await pause(Math.random() * size);
		}
	});
	return () => {
		stopped = true;
		return Promise.all([...publishers, ...askers]);
	};
}

// A message more may be missing after a kill; never one too many, or late.
function later(client) {
	return client.disorder.splice(0).filter((text) => {
		const [, n, before] = /(\d+) after (\d+)$/.exec(text);
		return Number(n) <= Number(before);
	});
}

// Descriptors of a worker beside those of its connections.
async function spare() {
	return (await mover.processes()).map((p) =>
	    descriptors(p.pid) - p.connections);
}

const tally = { rounds: 0, none: 0, some: 0, all: 0, old: 0, new: 0 };

// Kills one of the workers that are there at that moment.
async function strike(before) {
	const victim = await until("someone to kill", () => {
		const all = workers();
		return all[Math.floor(Math.random() * all.length)];
	});
	tally[before.some((w) => w.pid === victim.pid) ? "old" : "new"]++;
	try {
		process.kill(victim.pid, "SIGKILL");
	} catch { /* it was faster */ }
	return victim;
}

async function judge(victim) {
	const { connect, close, holder } = mover.events();
	for (const client of slots.flat()) {
		assert.deepEqual(later(client), []);
		assert.equal(connect.get(client.id), 1);
		assert.equal(close.get(client.id), undefined);
		if (client.closed) {
			assert.equal(holder.get(client.id), victim.pid,
			    "lost by one that was not killed");
			continue;
		}
		const who = await client.who();
		assert.equal(who.name, client.name);
		assert.equal(who.id, client.id);
		assert.equal(who.pid, holder.get(client.id));
	}
	for (const [slot, group] of slots.entries()) {
		const n = group.filter((client) => client.closed).length;
		assert.ok(n === 0 || slot === victim.slot);
		if (slot === victim.slot)
			tally[n === 0 ? "none" :
			    n < group.length ? "some" : "all"]++;
		slots[slot] = group.filter((client) => !client.closed);
	}
}

async function round(i, reloadMs) {
	await fill();
	const stop = talk(i);
	const before = workers();
	const reloading = mover.command("reload");
	await pause(Math.random() * reloadMs);
	const victim = await strike(before);
	const { code } = await reloading;
	assert.ok(code === 0 || code === 7, `reload: ${code}`);
	await mover.settled();
	await stop();
	await judge(victim);
	tally.rounds++;
}

test(`${kills} kills at random cost only what the killed held`, async () => {
	await fill();
	const begun = Date.now();
	await mover.reload();
	await mover.settled();
	const reloadMs = Date.now() - begun;
	const fds = descriptors(master.pid);
	const others = await spare();
	const processes = children().length;
	for (let i = 0; i < kills; i++) {
		await round(i, reloadMs);
		assert.equal(descriptors(master.pid), fds);
		assert.deepEqual(await spare(), others);
		assert.equal(children().length, processes);
	}
	console.log(`# ${JSON.stringify(tally)}`);
});

// A worker that cannot run is no dead one: what it holds goes on with it.
for (const side of ["old", "new"])
	test(`an ${side} worker that stands still for a second loses nothing`,
	    async () => {
		await fill();
		const all = slots.flat();
		const before = workers();
		const reloading = mover.command("reload");
		let victim;
		if (side === "new")
			victim = await until("a new one", () => workers().find(
			    (w) => !before.some((b) => b.pid === w.pid)));
		else
			victim = before[0];
		const code = side === "old" ? 0 : (await reloading).code;
		try {
			process.kill(victim.pid, "SIGSTOP");
		} catch { /* it was faster */ }
		await reloading;
		assert.equal(code, 0);
		for (const client of all)
			client.write("still there\n");
		await new Promise((done) => setTimeout(done, 1000));
		try {
			process.kill(victim.pid, "SIGCONT");
		} catch { /* it has ended */ }
		await mover.settled();
		for (const client of all)
			assert.equal(await client.line(), "still there");
	});

test("stop during a move ends everything", async () => {
	await fill();
	await mover.reload();
	await mover.stop();
	await until("all are closed", () => slots.flat().every((c) => c.closed));
	await until("all have ended", () => workers().length === 0);
});

await run();
