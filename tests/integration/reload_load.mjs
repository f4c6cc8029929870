// SPDX-License-Identifier: MIT
// Reload under load: the program is replaced again and again while clients of
// every kind talk to it; none of them may notice more than a clean end.

import assert from "node:assert/strict";
import { join } from "node:path";
import { cleanup, optional, run, test } from "../support/tap.mjs";
import { Load } from "../support/load.mjs";
import { Versioned, large } from "../support/versioned.mjs";

const WebSocket = (await optional(() => import("ws")))?.default;
const clients = Object.fromEntries(
    ["keepalive", "short", "text", "raw", "frame", "websocket"].map((kind) =>
	[kind, kind === "websocket" && !WebSocket ? 0 : large ? 25 : 5]));
const reloads = large ? 20 : 5;

const table = `
	row=http url=http://127.0.0.1:0 count=2 spread=200
	row=text url=text://127.0.0.1:0 count=2 spread=200
	row=raw url=raw://127.0.0.1:0 spread=200
	row=frame url=frame://127.0.0.1:0 spread=200
	row=websocket url=websocket://127.0.0.1:0 count=2 spread=200`;

// Runs the load through reloads; reports, and asserts by count.
async function prove(program, next) {
	const ledger = join(program.dir, "ledger");
	const plan = (v) => `v=${v} ledger=${ledger} ${table}`;
	const load = new Load({ clients, WebSocket, ledger });
	program.install(plan(1));
	await program.start();
	load.ports = {
		http: await program.port("http"),
		text: await program.port("text"),
		raw: await program.port("raw"),
		frame: await program.port("frame"),
		websocket: await program.port("websocket"),
	};
	load.version = 1;
	load.start();
	for (let v = 2; v <= reloads + 1; v++) {
		const before = new Set((await program.serving())
		    .map((p) => p.pid));
		await next(program, plan(v), v, load);
		const after = await program.serving();
		assert.equal(after.length, before.size);
		for (const p of after) {
			assert.ok(!before.has(p.pid), `${p.worker}/${p.slot} ` +
			    "was not replaced");
			assert.equal(p.generation, v);
		}
		// the new version has answered every kind
		await load.hears(v, 10_000);
	}
	await load.stop();
	console.log(`# ${load.total} answers: ${JSON.stringify(load.answered)}`);
	console.log(`# ends: ${JSON.stringify(load.ends)}`);
	console.log(`# sent again: ${JSON.stringify(load.again)}`);
	console.log(`# longest silence: ${Math.round(load.silence)} ms`);
	assert.deepEqual(load.failed, []);
	assert.deepEqual(load.unequal(), [], "handled exactly once");
	assert.deepEqual([...load.versions.keys()].sort((a, b) => a - b),
	    Array.from({ length: reloads + 1 }, (_, i) => i + 1));
	await program.stop();
	return load;
}

for (const link of [false, true])
	test(`${reloads} reloads of a ${link ? "switched link" :
	    "renamed file"} under load`, async () => {
		const program = new Versioned({ link });
		program.drain = !link;
		cleanup(() => program.end());
		const load = await prove(program, async (p, plan, v, load) => {
			const { out, ms } = await p.renew(plan);
			load.version = v;
			console.log(`# reload ${v}: ${ms} ms; ` +
			    out.trim().split("\n").slice(1).join("; "));
		});
		if (!program.drain) // but for those that asked for it
			assert.deepEqual(Object.keys(load.ends),
			    ["short announced"], "no connection ended");
	});

await run();
