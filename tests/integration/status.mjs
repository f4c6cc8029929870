// SPDX-License-Identifier: MIT
// What status tells programs: --json as docs/STATUS.md has it, --metrics as
// the tools of Prometheus read it, and the figures in both.

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const page = readFileSync(join(process.env.top_srcdir ?? ".",
    "docs/STATUS.md"), "utf8");
const troubled = new Program("tests/support/troubled");
troubled.expected = [/ (exited with|was killed by) /];
cleanup(() => troubled.end());
await troubled.start();

// ---- talking to its worker "line" ----

async function open() {
	const socket = connect(await troubled.port("line"), "127.0.0.1");
	socket.on("error", () => {}); // it may be told to crash
	await once(socket, "connect");
	return socket;
}

async function ask(line) {
	const socket = await open();
	let got = "";
	socket.on("data", (data) => { got += data; });
	socket.write(`${line}\n`);
	await Promise.race([once(socket, "data"), once(socket, "close")]);
	socket.destroy();
	return got.trim();
}

const status = () => troubled.status();
const metrics = () => troubled.expect("status", "--metrics");
const processOf = async (pid) =>
	(await status()).processes.find((p) => p.pid === Number(pid));

async function sample(name) {
	const line = (await metrics()).split("\n")
	    .find((l) => l.startsWith(`${name} `));
	return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

// ---- --json ----

// { master: { name: "string", ... }, ... } from the page
function documented() {
	const kinds = {};
	const part = page.split("## `--json`")[1].split("## `--metrics`")[0];
	for (const text of part.split("\n### ").slice(1)) {
		const [, name] = /^`(\w+)`/.exec(text);
		kinds[name] = Object.fromEntries(
		    [...text.matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)]
			.map(([, key, type]) => [key, type]));
	}
	return kinds;
}

function typeOf(value) {
	return Array.isArray(value) ? `array of ${value.length} numbers` :
	    typeof value;
}

function hasKeys(row, keys, name) {
	assert.deepEqual(Object.keys(row), Object.keys(keys), name);
	for (const [key, type] of Object.entries(keys))
		if (row[key] !== null)
			assert.equal(typeOf(row[key]), type.split(",")[0],
			    `${name}.${key}`);
}

test("the keys of --json are those of docs/STATUS.md, of those types",
    async () => {
	const answer = await ask("exit 7");
	assert.equal(answer, "");
	const got = await until("an exit", async () => {
		const s = await status();
		return s.exits.length > 0 && s.closes.length > 0 && s;
	}).catch(() => status());
	const want = documented();
	assert.deepEqual(Object.keys(got), Object.keys(want));
	hasKeys(got.master, want.master, "master");
	for (const name of ["listeners", "workers", "processes", "exits"]) {
		assert.ok(got[name].length > 0, name);
		for (const row of got[name])
			hasKeys(row, want[name], name);
	}
});

test("a text with quotes, newlines and bytes that are no UTF-8 is JSON",
    async () => {
	const log = join(troubled.dir, 'a"b\\c');
	const odd = new Program("tests/support/troubled");
	try {
		const result = await odd.command("start", "-d", "--log", log);
		assert.equal(result.code, 0, result.err);
		assert.equal((await odd.status()).master.log, log);
	} finally {
		await odd.end();
	}
});

// ---- --metrics ----

function tool(command, args, input) {
	return new Promise((done) => {
		const child = execFile(command, args, (error, out, err) =>
			done({ code: error ? error.code : 0, out, err }));
		child.stdin.end(input);
	});
}

const strict = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for s in family.samples:
        print(s.name, family.type, sorted(s.labels))
`;
const python = ["/usr/bin/python3", "python3"].find((p) =>
	spawnSync(p, ["-c", "import prometheus_client.openmetrics.parser"])
	    .status === 0);

if (spawnSync("promtool", ["--version"]).error)
	test("promtool accepts --metrics # SKIP it is not installed", () => {});
else
	test("promtool accepts --metrics", async () => {
		const { code, out, err } = await tool("promtool",
		    ["check", "metrics"], await metrics());
		assert.equal(code, 0, out + err);
	});

if (!python)
	test("a strict OpenMetrics parser # SKIP python3-prometheus-client " +
	    "is not installed", () => {});
else
	test("a strict OpenMetrics parser accepts --metrics", async () => {
		const { code, out, err } = await tool(python, ["-c", strict],
		    await metrics());
		assert.equal(code, 0, err);
		assert.match(out, /^workerman_requests_total unknown \['worker'\]$/m);
		assert.match(out, /^workerman_connections gauge \['slot', 'worker'\]$/m);
	});

test("every metric is in docs/STATUS.md", async () => {
	const names = new Set([...(await metrics())
	    .matchAll(/^(workerman_\w+)/gm)].map((m) => m[1]));
	assert.ok(names.size > 15);
	for (const name of names)
		assert.ok(page.includes(`| \`${name}\` |`), name);
});

// ---- the figures ----

test("exits are counted by worker and cause, in words", async () => {
	const pid = await troubled.pid("line", 0);
	process.kill(pid, "SIGKILL");
	const find = async (cause) => (await status()).exits.find((e) =>
	    e.worker === "line" && cause.test(e.cause));
	const killed = await until("the kill is counted", () =>
		find(/^was killed by SIGKILL \(kill -9 or out of memory\)$/));
	assert.equal(killed.count, 1);
	await until("the new one serves", () => ask("hello"));
	await ask("exit 7");
	const twice = await until("the second exit is counted", async () => {
		const e = await find(/^exited with status 7$/);
		return e?.count === 2 && e;
	});
	assert.equal(twice.worker, "line");
	assert.equal(await sample("workerman_exits_total" +
	    '{worker="line",cause="exited with status 7"}'), 2);
	assert.match(await troubled.expect("status"),
	    /\nWORKER +EXITS +CAUSE\nline +2 +exited with status 7\n/);
});

test("totals do not fall when a process ends", async () => {
	const total = async () => (await status()).workers
	    .find((w) => w.worker === "line").requests;
	const before = await total();
	await until("it answers", () => ask("hello"));
	await ask("crash");
	await until("it is back", () => ask("hello"));
	assert.ok(await total() >= before + 3, `${before}, ${await total()}`);
	assert.ok(await sample(
	    'workerman_requests_total{worker="line"}') >= before + 3);
});

test("qps is what the last second brought", async () => {
	const socket = await open();
	let stop = false;
	socket.on("data", () => { if (!stop) socket.write("hello\n"); });
	socket.write("hello\n");
	const busy = await until("a worker with qps", async () =>
		(await status()).processes.find((p) => p.qps > 100));
	assert.ok(busy.cpu_permille > 0 && busy.cpu_permille <= 1100,
	    `${busy.cpu_permille}`);
	stop = true;
	await until("no more", async () =>
		(await processOf(busy.pid))?.qps === 0);
	socket.destroy();
});

test("a worker that computes is busy with 100 %, one that waits with 0",
    async () => {
	const spinner = await until("a pid", () => ask("pid"));
	const one = await open();
	one.write("burn 20\n");
	const spins = await until("one is busy", async () =>
		(await status()).processes.find((p) => p.state === "busy"),
	    20_000);
	assert.ok(spinner);
	assert.ok(spins.cpu_permille > 150, `${spins.cpu_permille}`);
	one.destroy();
	process.kill(spins.pid, "SIGKILL");
	await until("it is replaced", async () => (await status())
	    .processes.every((p) => p.state === "idle"));
	const two = await open();
	two.write("block 60\n");
	const waits = await until("one is busy", async () =>
		(await status()).processes.find((p) => p.state === "busy"),
	    20_000);
	assert.ok(waits.cpu_permille < 100, `${waits.cpu_permille}`);
	two.destroy();
	process.kill(waits.pid, "SIGKILL");
	await until("it is replaced", async () => (await status())
	    .processes.every((p) => p.state === "idle"));
});

test("a stopped worker neither delays status nor is missing", async () => {
	const pid = await troubled.pid("line", 1);
	process.kill(pid, "SIGSTOP");
	const before = Date.now();
	const seen = await until("it is stopped", async () =>
		(await processOf(pid))?.state === "stopped");
	assert.ok(seen && Date.now() - before < 2000);
	process.kill(pid, "SIGCONT");
	await until("it goes on", async () =>
		(await processOf(pid))?.state === "idle");
});

test("the last reload and its result are in the head", async () => {
	assert.equal(await sample("workerman_last_reload_successful"),
	    undefined);
	assert.match(await troubled.expect("status"), /^last reload: none$/m);
	await troubled.expect("reload");
	assert.match(await troubled.expect("status"),
	    /^last reload: done 0 d 0 h 0 min \d+ s ago, in \d+ ms$/m);
	assert.equal(await sample("workerman_last_reload_successful"), 1);
	assert.equal((await status()).master.reload_result, "done");
});

await run();
