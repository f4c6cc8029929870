// SPDX-License-Identifier: MIT
// Workers that are killed at any time around a reload: only what they held
// is lost, the rest goes on in order, and nothing stays behind. WM_KILLS says
// how many times.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Client, descriptors, Mover } from "../support/mover.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const kills = Number(process.env.WM_KILLS ?? 20);
const size = Number(process.env.WM_CLIENTS ?? 20); // per slot

const mover = new Mover();
const speed = join(mover.dir, "slots");
mover.args.push("--slots", speed);
writeFileSync(speed, "2 2000"); // so that a move takes a while
cleanup(() => mover.end());
await mover.start();
const port = await mover.port("mover");
const { master } = await mover.status();
mover.expected.push(/worker mover\/\d/, /reload/);

// The processes of the row, old and new, by slot: [{ pid, slot }].
function workers() {
	const found = [];
	const path = `/proc/${master.pid}/task/${master.pid}/children`;
	const children = existsSync(path) ? readFileSync(path, "utf8") : "";
	for (const pid of children.trim().split(" "))
		try {
			const title = readFileSync(`/proc/${pid}/cmdline`,
			    "latin1");
			const slot = /worker mover\/(\d)/.exec(title)?.[1];
			if (slot !== undefined)
				found.push({ pid: Number(pid),
				    slot: Number(slot) });
		} catch { /* it has just ended */ }
	return found;
}

// Clients, by slot, all of which hear what two others publish.
let slots = [[], []];
cleanup(() => slots.flat().forEach((client) => client.end()));

async function fill() {
	const { length } = slots.flat();
	if (length < 2 * size) {
		const more = await mover.spread(size, "k");
		for (const [i, group] of more.entries())
			while (slots[i].length < size) {
				const client = group.pop();
				assert.equal(await client.ask("sub news"),
				    "subbed");
				slots[i].push(client);
			}
		more.flat().forEach((client) => client.end());
	}
}

// Numbers from each slot, until stopped. The publisher may be among the lost.
function publish(round) {
	let stopped = false;
	const loops = slots.map(async (group, slot) => {
		let n = 0;
		const client = group[0];
		while (!stopped && !client.closed) {
			client.write(`pub news #${round}-${slot} ${++n}\n`);
			await new Promise((done) => setTimeout(done, 2));
		}
	});
	return () => { stopped = true; return Promise.all(loops); };
}

// A message more may be missing after a kill; never one too many, or late.
function later(client) {
	return client.disorder.filter((text) => {
		const [, n, before] = /(\d+) after (\d+)$/.exec(text);
		return Number(n) <= Number(before);
	});
}

const lost = { all: 0, some: 0 };

async function round(i, reloadMs) {
	await fill();
	const stop = publish(i);
	const names = slots.map((group) => group.map((c) => c.name));
	const reloading = mover.command("reload");
	const delay = Math.random() * reloadMs;
	let victim;
	await new Promise((done) => setTimeout(done, delay));
	await until("someone to kill", () => {
		const all = workers();
		victim = all[Math.floor(Math.random() * all.length)];
		return victim;
	});
	try {
		process.kill(victim.pid, "SIGKILL");
	} catch { /* it was faster */ }
	const { code } = await reloading;
	assert.ok(code === 0 || code === 7, `reload: ${code}`);
	await mover.settled();
	await stop();
	for (const [slot, group] of slots.entries()) {
		for (const client of group) {
			assert.deepEqual(later(client), []);
			if (!client.closed) {
				// the answer, or its end
				const who = await client.who().catch((e) => {
					if (!client.closed)
						throw e;
				});
				assert.ok(!who || who.name === client.name);
			}
			lost.all += client.closed;
			if (client.closed)
				assert.equal(slot, victim.slot,
				    "lost though its worker lived");
		}
		const n = group.filter((client) => client.closed).length;
		lost.some += n > 0 && n < group.length;
		slots[slot] = group.filter((client) => !client.closed);
		assert.ok(names[slot].length >= slots[slot].length);
	}
}

test(`${kills} kills at random cost only what the killed held`, async () => {
	await fill();
	const begun = Date.now();
	await mover.reload();
	await mover.settled();
	const reloadMs = Date.now() - begun;
	const fds = descriptors(master.pid);
	for (let i = 0; i < kills; i++)
		await round(i, reloadMs);
	console.log(`# ${lost.all} connections were lost, ` +
	    `${lost.some} times some of a worker's`);
	await mover.settled();
	assert.equal(descriptors(master.pid), fds);
	for (const { pid } of workers())
		assert.ok(descriptors(pid) < 3 * size + 40,
		    "no descriptors of others");
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
