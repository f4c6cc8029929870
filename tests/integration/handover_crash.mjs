// SPDX-License-Identifier: MIT
// New workers that crash of what they take over: the connection that they
// die of drains, the others move; and after three of them all drain.

import assert from "node:assert/strict";

import { Mover } from "../support/mover.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const mover = new Mover();
cleanup(() => mover.end());
await mover.start();
mover.expected.push(/SIGABRT/, /successors have crashed/);

let open = [];
cleanup(() => open.forEach((client) => client.end()));

// Clients in each slot, and then so many poisonous ones in slot 0.
async function fill(n, poisons) {
	const slots = await mover.spread(n);
	const bad = [];
	open.push(...slots.flat());
	for (const client of slots.flat())
		assert.equal(await client.ask("sub news"), "subbed");
	const extra = await mover.spread(poisons, "p");
	open.push(...extra.flat());
	for (const client of extra[0]) {
		assert.equal(await client.ask(`name poison${bad.length}`),
		    "named");
		bad.push(client);
	}
	return { slots, bad };
}

test("only the connection that a new worker dies of drains", async () => {
	const { slots, bad } = await fill(10, 1);
	const before = new Map();
	for (const client of slots.flat())
		before.set(client, (await client.who()).pid);
	await mover.reload();
	await until("the poisonous one is closed", () => bad[0].closed);
	await mover.settled();
	for (const client of slots.flat()) {
		assert.equal(client.closed, false);
		assert.notEqual((await client.who()).pid, before.get(client));
	}
	slots[1][0].write("pub news #crash 1\npub news #crash 2\n");
	for (const client of slots.flat()) {
		await until("both are heard", () =>
		    client.heard.get("crash") === 2);
		assert.deepEqual(client.disorder, []);
	}
	assert.match(mover.log, /SIGABRT.*in on_thaw of connection/);
	assert.doesNotMatch(mover.log, /successors have crashed/);
	const { close } = mover.events();
	assert.equal([...close.values()].every((n) => n === 1), true);
});

test("after three crashes everything drains, and the server serves",
    async () => {
	open.splice(0).forEach((client) => client.end());
	const { slots, bad } = await fill(10, 4);
	await mover.reload();
	await until("slot 0 has drained", () =>
	    [...slots[0], ...bad].every((client) => client.closed), 20_000);
	await mover.settled();
	assert.match(mover.log, /3 successors have crashed/);
	assert.equal(mover.log.match(/SIGABRT.*in on_thaw/g).length, 4);
	for (const client of slots[1])
		assert.equal((await client.who()).name, client.name);
	const fresh = await mover.spread(1, "fresh");
	open.push(...fresh.flat());
	assert.equal(await fresh[0][0].ask("hello"), "hello");
});

await run();
