// SPDX-License-Identifier: MIT
// Reloads that change the options of sockets in use, and unix sockets that
// stay, come and go.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { cleanup, run, test, until } from "../support/tap.mjs";
import { Versioned } from "../support/versioned.mjs";

const program = new Versioned();
cleanup(() => program.end());
const file = join(program.dir, "sock");
const other = join(program.dir, "other");

function ask(to, text) {
	return new Promise((done, fail) => {
		const socket = connect(to);
		socket.on("error", fail);
		socket.on("data", (data) => {
			socket.end();
			done(String(data));
		});
		socket.write(`${text}\n`);
	});
}

async function reload(v, table) {
	program.install(`v=${v} ${table}`);
	await program.expect("reload");
}

// The queue of the listening socket, as the kernel says.
function backlog(port) {
	const line = execFileSync("ss", ["-Hltn", `sport = :${port}`],
	    { encoding: "utf8" });
	return Number(line.trim().split(/\s+/)[2]);
}

const mode = () => statSync(file).mode & 0o777;

program.install(`v=1 row=unix url=text+unix://${file} mode=0640
    row=tcp url=text://127.0.0.1:0 backlog=11`);
await program.start();
const port = await program.port("tcp");
const { ino } = statSync(file);

test("the file has its mode from the start", async () => {
	assert.equal(mode(), 0o640);
	assert.match(await ask(file, "1"), /v=1\b/);
	assert.equal(backlog(port), 11);
});

test("a reload leaves the file and the queue what they are", async () => {
	await reload(2, `row=unix url=text+unix://${file} mode=0640
	    row=tcp url=text://127.0.0.1:0 backlog=11`);
	assert.equal(statSync(file).ino, ino);
	assert.equal(mode(), 0o640);
	assert.match(await ask(file, "2"), /v=2\b/);
	assert.equal(backlog(port), 11);
});

test("a reload changes options of sockets in use", async () => {
	await reload(3, `row=unix url=text+unix://${file} mode=0600
	    row=tcp url=text://127.0.0.1:0 backlog=22`);
	assert.equal(statSync(file).ino, ino);
	assert.equal(mode(), 0o600);
	assert.equal(backlog(port), 22);
	assert.equal(await program.port("tcp"), port);
	assert.match(await ask(port, "3"), /v=3\b/);
});

test("a refused reload changes none", async () => {
	program.expected.push(/reload refused, nothing has changed/);
	program.install(`v=4 start=refuse
	    row=unix url=text+unix://${file} mode=0666
	    row=tcp url=text://127.0.0.1:0 backlog=33`);
	assert.equal((await program.command("reload")).code, 7);
	assert.equal(mode(), 0o600);
	assert.equal(backlog(port), 22);
});

test("what cannot change is told, and stays", async () => {
	program.expected.push(/the mode of its file stays until a restart/,
	    /the device stays until a restart/);
	await reload(5, `row=unix url=text+unix://${file}
	    row=tcp url=text://127.0.0.1:0 device=lo`);
	assert.equal(mode(), 0o600);
	assert.match(program.log, /worker unix: .* the mode of its file stays/);
	assert.match(program.log, /worker tcp: .* the device stays/);
	assert.match(await ask(file, "5"), /v=5\b/);
});

test("a socket that vanishes from the table takes its file along", async () => {
	await reload(6, `row=unix url=text+unix://${other}
	    row=tcp url=text://127.0.0.1:0`);
	assert.ok(!existsSync(file));
	assert.match(await ask(other, "6"), /v=6\b/);
});

test("a process's own listener goes from one to the next", async () => {
	const own = join(program.dir, "own");
	const open = (v) => reload(v, `row=unix url=text+unix://${other}
	    row=tcp url=text://127.0.0.1:0 open=text+unix://${own}`);
	const says = (v) => until(`version ${v}`, () =>
	    ask(own, "7").then((said) => new RegExp(`v=${v}\\b`).test(said),
		() => false));

	await open(7);
	await says(7);
	await open(8);
	await says(8);
	await reload(9, `row=unix url=text+unix://${other}
	    row=tcp url=text://127.0.0.1:0`);
	await until("its file to be gone", () => !existsSync(own));
});

test("a stop takes the file along, too", async () => {
	await program.stop();
	assert.ok(!existsSync(other));
});

test("a listener may be bound to an interface", async () => {
	const bound = new Versioned();
	bound.install("v=1 row=tcp url=text://127.0.0.1:0 device=lo");
	await bound.start();
	assert.match(await ask(await bound.port("tcp"), "1"), /v=1\b/);
	await bound.end();
});

test("check says what the system clips", async () => {
	const greedy = new Versioned();
	greedy.install(`v=1 row=tcp url=text://127.0.0.1:0 backlog=2000000000
	    buffer=1000000000`);
	const { out } = await greedy.command("check");
	assert.match(out, /^warn +backlog .* not 2000000000 /m);
	assert.match(out, /^warn +buffer .* not 1000000000 .*rmem_max/m);
	assert.match(out, /sysctl -w net\.core\.rmem_max=1000000000/);
	await greedy.end();
});

await run();
