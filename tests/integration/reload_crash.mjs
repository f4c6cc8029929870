// SPDX-License-Identifier: MIT
// Deaths before and after a reload, many reloads at once, and deaths at any
// moment: what is there afterwards is one whole generation.

import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { run, test, until } from "../support/tap.mjs";
import { back, begin, kill, whole } from "../support/mortal.mjs";
import { large } from "../support/versioned.mjs";

// ---- crashes later ----

test("a worker comes back as what it was while a newer file lies there",
    async () => {
	const program = await begin();
	await program.renew(program.plan(2));
	program.install(program.plan(3)); // and no reload
	const [first] = await program.serving("http");
	kill(first);
	await back(program, first, 2);
	rmSync(program.file);
	const [text] = await program.serving("text");
	kill(text);
	await back(program, text, 2);
	await whole(program, 2);
	await program.renew(program.plan(4));
	await whole(program, 3);
	await program.stop();
});

test("a new program ends the crash loop of the old one at once", async () => {
	const program = await begin();
	const slot = async () => (await program.processes("http"))
	    .find((p) => p.slot === 2);
	await until("it is in a crash loop", async () => {
		const p = await slot();
		if (p.pid > 1 && p.state === "idle")
			kill(p);
		return p.state === "crash-loop";
	});
	await program.renew(program.plan(2));
	assert.notEqual((await slot()).state, "crash-loop");
	await whole(program, 2);
	assert.equal((await slot()).generation, 2);
	await program.stop();
});

// ---- many who ask ----

test("ten reloads at once are all done, by few", async () => {
	const program = await begin();
	program.install(program.plan(2));
	const results = await Promise.all(
	    Array.from({ length: 10 }, () => program.reload()));
	for (const { code, err } of results)
		assert.equal(code, 0, err);
	const { master } = await program.status();
	console.log(`# ${master.generation - 1} reloads for ten`);
	assert.ok(master.generation >= 2 && master.generation <= 6);
	await whole(program, master.generation);
	await program.stop();
});

test("a burst of signals reloads, and the last one counts", async () => {
	const program = await begin();
	const { master } = await program.status();
	for (let v = 2; v <= 4; v++) {
		program.install(program.plan(v));
		for (let i = 0; i < 20; i++)
			process.kill(master.pid, "SIGUSR1");
	}
	await until("the last version serves", () => program.notes()
	    .filter((n) => n.what === "active" && n.version === 4)
	    .length >= 5); // twice, if two reloads found it
	await until("reloads are over", async () =>
	    (await program.status()).master.reload_running === 0);
	const after = (await program.status()).master;
	console.log(`# ${after.generation - 1} reloads for 60 signals`);
	assert.equal(after.reload_result, "done");
	assert.ok(after.generation <= 7);
	await program.stop();
});

test("a signal that is refused says so in status and log", async () => {
	const program = await begin();
	program.install(`prepare=refuse ${program.plan(2)}`);
	process.kill((await program.status()).master.pid, "SIGUSR1");
	await until("the result", async () =>
	    (await program.status()).master.reload_result === "refused");
	assert.equal((await program.status()).master.reload_why,
	    "on_prepare refused");
	assert.match(program.log, /reload refused.*on_prepare refused/);
	await whole(program, 1);
	await program.stop();
});

// ---- at any moment ----

test("roll: new and old are killed right after it", async () => {
	const program = await begin();
	for (let v = 2; v <= (large ? 12 : 4); v++) {
		await program.renew(program.plan(v));
		const processes = await program.processes("http");
		for (const p of processes.filter((q) => q.pid > 1 &&
		    (q.slot === v % 4 || q.generation < v)))
			try {
				kill(p);
			} catch (error) {
				assert.equal(error.code, "ESRCH");
			}
		await whole(program, v);
	}
	await program.stop();
});

// Kills somebody at a random moment, again and again: whatever it hits.
test("kills at any moment", async () => {
	const program = await begin();
	let generation = 1;
	for (let i = 0; i < (large ? 60 : 8); i++) {
		program.install(program.plan(i + 2));
		const reload = program.reload();
		const wait = Math.random() * 60;
		await new Promise((done) => setTimeout(done, wait));
		const { master } = await program.status();
		const children = readFileSync(`/proc/${master.pid}/task/${
		    master.pid}/children`, "utf8").trim().split(" ");
		const victim = children[Math.floor(Math.random() *
		    children.length)];
		try {
			process.kill(Number(victim), "SIGKILL");
		} catch (error) {
			assert.equal(error.code, "ESRCH");
		}
		const { code } = await reload;
		assert.ok(code === 0 || code === 7, `exit status ${code}`);
		generation += code === 0;
		await whole(program, generation);
	}
	console.log(`# ${generation - 1} reloads of ${large ? 60 : 8} done`);
	await program.stop();
});

await run();
