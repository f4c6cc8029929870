// SPDX-License-Identifier: MIT
// Deaths around a reload: of workers long after it, and of everybody at each
// of its steps. What is there afterwards is one whole generation, and nothing
// hangs or is left behind.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cleanup, run, test, until } from "../support/tap.mjs";
import { Versioned, large } from "../support/versioned.mjs";

const rows = `row=http url=http://127.0.0.1:0 count=4 spread=100
	row=text url=text://127.0.0.1:0 spread=100`;

async function begin(more = "") {
	const program = new Versioned();
	program.expected.push(/SIGKILL/, /reload refused/, /the master is gone/);
	cleanup(() => program.end());
	program.plan = (v) => `v=${v} ${more} ` +
	    `journal=${program.journal} ${rows}`;
	program.install(program.plan(1));
	await program.start();
	return program;
}

// One that was killed is there again, as the same version.
async function back(program, killed, version) {
	const found = await until(`${killed.worker}/${killed.slot} is back`,
	    async () => (await program.serving(killed.worker)).find((p) =>
		p.slot === killed.slot && p.pid !== killed.pid &&
		p.state === "idle"));
	await until("its start is noted", () => program.notes().some((n) =>
	    n.pid === found.pid && n.what === "start" &&
	    n.version === version));
	assert.equal(found.generation, killed.generation);
	return found;
}

const kill = (process_) => process.kill(process_.pid, "SIGKILL");
const alive = (pid) => {
	try {
		return !/^State:\s+Z/m.test(
		    readFileSync(`/proc/${pid}/status`, "utf8"));
	} catch {
		return false;
	}
};

// The state is that of one generation: all slots, all idle, nobody else.
async function whole(program, generation) {
	await until(`all is of generation ${generation}`, async () => {
		const { master, processes } = await program.status();
		return master.generation === generation &&
		    master.reload_running === 0 && processes.length === 5 &&
		    processes.every((p) => p.generation === generation &&
			p.state === "idle");
	}, 20_000);
	const { master } = await program.status();
	// the system knows of no other child
	const children = readFileSync(
	    `/proc/${master.pid}/task/${master.pid}/children`, "utf8")
	    .trim().split(" ").length;
	assert.equal(children, 5, "children of the master");
}

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
	    .length === 5);
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

// ---- kill -9 at each step ----

// Reloads into a program that stops at a step until it is released, and
// returns who runs then. step: describe, canary, ready.
const holds = {
	describe: "prepare=wait", canary: "start=wait",
	ready: "start=wait at=http/2",
};

async function hold(program, step) {
	const gate = join(program.dir, "gate");
	rmSync(gate, { force: true });
	program.install(`gate=${gate} ${holds[step]} ${program.plan(2)}`);
	const cli = program.launch("reload");
	const done = new Promise((over) => cli.on("close", (code, signal) =>
	    over(signal ?? code)));
	await until(`step ${step}`, () => existsSync(`${gate}.waits`));
	const waiting = Number(readFileSync(`${gate}.waits`, "utf8"));
	rmSync(`${gate}.waits`);
	return { cli, done, waiting, release: () => program.open(gate) };
}

for (const step of Object.keys(holds)) {
	test(`${step}: the CLI is killed, the reload goes on`, async () => {
		const program = await begin();
		const { cli, done, release } = await hold(program, step);
		cli.kill("SIGKILL");
		assert.equal(await done, "SIGKILL");
		release();
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: the new process is killed`, async () => {
		const program = await begin();
		const before = await program.pids();
		const { done, waiting } = await hold(program, step);
		process.kill(waiting, "SIGKILL");
		assert.equal(await done, 7);
		await whole(program, 1);
		assert.equal(await program.pids(), before);
		await program.renew(program.plan(3));
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: an old worker is killed`, async () => {
		const program = await begin();
		const { done, release } = await hold(program, step);
		const old = (await program.processes("http")).find((p) =>
		    p.generation === 1 && p.slot === 1);
		kill(old);
		await back(program, old, 1);
		release();
		assert.equal(await done, 0);
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: the master is killed`, async () => {
		const program = await begin();
		const { done } = await hold(program, step);
		const { master, processes } = await program.status();
		const pids = processes.map((p) => p.pid);
		kill(master);
		assert.notEqual(await done, 0);
		program.install(program.plan(3));
		await program.start();
		await whole(program, 1);
		await until("no orphan lives", () => !pids.some(alive), 20_000);
		await program.renew(program.plan(4));
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: stop ends it all`, async () => {
		const program = await begin();
		const { done, waiting } = await hold(program, step);
		const { processes } = await program.status();
		const began = performance.now();
		const { code, err } = await program.command("stop");
		assert.equal(code, 0, err);
		assert.ok(performance.now() - began < 5000);
		assert.equal(await done, 7);
		assert.ok(![waiting, ...processes.map((p) => p.pid)]
		    .some(alive));
	});
}

test("a ready one is killed while another one starts", async () => {
	const program = await begin();
	const before = await program.pids();
	const { done, waiting } = await hold(program, "ready");
	const other = (await program.processes()).find((p) =>
	    p.generation === 2 && p.pid !== waiting);
	kill(other);
	assert.equal(await done, 7);
	await whole(program, 1);
	assert.equal(await program.pids(), before);
	await program.stop();
});

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
