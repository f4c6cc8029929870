// SPDX-License-Identifier: MIT
// Many WebSockets that talk move again and again: none ends, and memory and
// descriptors are afterwards what they were. WM_MANY says how many.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { descriptors } from "../support/mover.mjs";
import { Program } from "../support/program.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const many = Number(process.env.WM_MANY ?? 500);
const moves = Number(process.env.WM_RELOADS ?? 3);
const sanitized = /-fsanitize/.test(process.env.SANITIZE_CFLAGS ?? "");

const server = new Program("bench/reload_server");
cleanup(() => server.end());
await server.start();
const port = await server.port("websocket");
const { master } = await server.status();

// kB that only this process has written to.
function dirty(pid) {
	const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	return Number(/^Private_Dirty: +(\d+) kB/m.exec(rollup)[1]);
}

async function worker() {
	const { processes } = await server.status();
	const all = processes.filter((p) => p.worker === "websocket" &&
	    p.pid > 1);
	return all.length === 1 ? all[0] : null;
}

test(`${many} WebSockets move ${2 * moves} times, and nothing grows`, async () => {
	const load = spawn(join(process.env.top_builddir ?? ".",
	    "bench/reload_load"), ["-k", "0", "-s", "0", "-n", String(many),
	    "-r", String(Math.min(5000, many)), "websocket", String(port)],
	    { stdio: ["pipe", "pipe", "inherit"] });
	let out = "";
	load.stdout.on("data", (data) => { out += data; });
	const ended = once(load, "exit");
	cleanup(() => load.kill());
	await until("all are there", async () => {
		assert.equal(load.exitCode, null);
		const w = await worker();
		return w?.connections === many && w.requests > 2 * many;
	}, 60_000);

	let { pid } = await worker();
	const first = { dirty: dirty(pid), fds: descriptors(pid),
		master: descriptors(master.pid), rss: dirty(master.pid) };
	const figures = [first.dirty];
	for (let i = 0; i < moves; i++) {
		const before = pid;
		await server.expect("reload");
		await server.expect("reload"); // in the middle of the move
		const w = await until("the old one has ended", async () => {
			const w = await worker();
			return w && w.generation === 3 + 2 * i && w;
		}, 30_000);
		({ pid } = w);
		assert.equal(existsSync(`/proc/${before}`), false);
		assert.equal(w.connections, many);
		const talked = w.requests;
		await until("it talks on", async () =>
		    (await worker()).requests > talked + many, 30_000);
		figures.push(dirty(pid));
		assert.equal(descriptors(pid), first.fds);
		assert.equal(descriptors(master.pid), first.master);
	}
	console.log(`# Private_Dirty of the worker, kB: ${figures.join(" ")}; ` +
	    `of the master: ${first.rss} ${dirty(master.pid)}`);
	if (!sanitized) {
		assert.ok(Math.max(...figures) < 1.1 * first.dirty + 1024,
		    "the worker has grown");
		assert.ok(dirty(master.pid) < first.rss + 512,
		    "the master has grown");
	}
	load.stdin.end();
	const [code] = await ended;
	assert.equal(code, 0, "no connection ended, every answer was right");
	console.log(`# ${out.trim()}`);
	await until("all have gone", async () =>
	    (await worker()).connections === 0);
});

await run();
