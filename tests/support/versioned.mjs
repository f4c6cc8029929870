// SPDX-License-Identifier: MIT
// The program that is replaced while it runs: copies of tests/support/versioned
// whose marked constant says what they are.

import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync,
    symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Program } from "./program.mjs";

const build = process.env.top_builddir ?? ".";
const MARK = "@@VERSIONED-PLAN@@ ";
const SIZE = 2048;

export const large = Boolean(process.env.WM_RELOAD_LARGE);

let template;

// The bytes of a program with that plan.
export function image(plan) {
	template ??= readFileSync(join(build, "tests/support/versioned"));
	const bytes = Buffer.from(template);
	const at = bytes.indexOf(MARK);
	const text = MARK + plan.split(/\s+/).join(" ");
	if (at < 0 || text.length >= SIZE)
		throw new Error(`no place for the plan: ${text.length} bytes`);
	bytes.fill(0, at, at + SIZE);
	bytes.write(text, at);
	return bytes;
}

// A port that is free just now, for addresses that must be named.
export function freePort() {
	return new Promise((done) => {
		const server = createServer().listen(0, "127.0.0.1", () => {
			const { port } = server.address();
			server.close(() => done(port));
		});
	});
}

export class Versioned extends Program {
	// link: the program's path is a symbolic link that is switched.
	constructor({ link = false } = {}) {
		super("tests/support/versioned");
		this.link = link;
		this.files = 0;
		mkdirSync(join(this.dir, "bin"));
		this.file = join(this.dir, "bin", "program");
		this.cli = join(this.dir, "bin", "cli"); // never broken
		this.journal = join(this.dir, "journal");
		this.expected.push(/reset connections that did not end in time/,
		    /connections did not end in time and are reset/);
	}

	// Puts bytes in the place of the program's file, whole.
	put(bytes, mode = 0o755) {
		const file = join(this.dir, "bin", `version-${++this.files}`);
		writeFileSync(file, bytes);
		chmodSync(file, mode);
		if (this.link) {
			symlinkSync(file, `${file}.link`);
			renameSync(`${file}.link`, this.file);
		} else {
			renameSync(file, this.file);
		}
	}

	install(plan) {
		const bytes = image(plan);
		if (!existsSync(this.cli))
			writeFileSync(this.cli, bytes, { mode: 0o755 });
		this.put(bytes);
	}

	command(name, ...args) {
		this.path = name === "start" ? this.file : this.cli;
		return super.command(name, ...args);
	}

	// reload: { code, out, err, ms }
	async reload(...more) {
		const began = performance.now();
		const result = await this.command("reload", ...more);
		result.ms = Math.round(performance.now() - began);
		return result;
	}

	// A reload that must succeed.
	async renew(plan) {
		if (plan)
			this.install(plan);
		const result = await this.reload();
		if (result.code !== 0)
			throw new Error(`reload: exit status ${result.code}\n` +
			    result.out + result.err);
		return result;
	}

	// Lets a program go on that waits at a gate.
	open(gate) {
		writeFileSync(gate, "");
	}

	// A command whose process the test handles.
	launch(name, ...args) {
		return spawn(this.cli, [name, "--run-dir", this.dir,
		    "--log", join(this.dir, "log"), ...args],
		    { stdio: ["ignore", "pipe", "pipe"] });
	}

	async processes(row) {
		const { processes } = await this.status();
		return processes.filter((p) => row === undefined ||
		    p.worker === row);
	}

	// Those that serve: { pid, worker, slot, generation, ... }.
	async serving(row) {
		return (await this.processes(row)).filter((p) => p.pid > 1 &&
		    p.state !== "draining");
	}

	// "worker/slot:pid ..." of those that serve, for comparison.
	async pids(row) {
		return (await this.serving(row)).map((p) =>
		    `${p.worker}/${p.slot}:${p.pid}`).sort().join(" ");
	}

	// The journal's lines: { at, what, who, version, pid }.
	notes() {
		if (!existsSync(this.journal))
			return [];
		return readFileSync(this.journal, "utf8").trim().split("\n")
		    .filter((line) => line).map((line) => {
			const [at, what, who, version, pid] = line.split(" ");
			return { at: Number(at), what, who,
			    version: Number(version.slice(1)), pid: Number(pid) };
		    });
	}
}
