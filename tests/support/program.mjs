// SPDX-License-Identifier: MIT
// A program of this framework, started for a test: in a run directory of its
// own, on ports that the kernel chose.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const build = process.env.top_builddir ?? ".";

export class Program {
	// path: from the build directory; args: for start, beyond the usual.
	constructor(path, args = []) {
		this.path = join(build, path);
		this.dir = mkdtempSync(join(tmpdir(), "wm-test-"));
		this.args = args;
		this.expected = [];  // complaints in the log that belong there
	}

	// Runs one of its commands: { code, out, err }.
	command(name, ...args) {
		const line = [name, "--run-dir", this.dir,
		    "--log", join(this.dir, "log"), ...args];
		return new Promise((done) => {
			execFile(this.path, line, { timeout: 60_000 },
			    (error, out, err) => done({
				code: error ? error.code ?? error.signal : 0,
				out, err
			}));
		});
	}

	async expect(name, ...args) {
		const result = await this.command(name, ...args);
		if (result.code !== 0)
			throw new Error(`${this.path} ${name}: exit status ` +
			    `${result.code}\n${result.out}${result.err}`);
		return result.out;
	}

	start(...more) {
		const loop = process.env.WM_EVENT_LOOP; // of the test's caller
		return this.expect("start", "-d",
		    ...(loop ? ["--event-loop", loop] : []), ...this.args, ...more);
	}

	async stop() {
		const result = await this.command("stop");
		if (result.code !== 0 && result.code !== 5)
			throw new Error(`stop: ${result.code}\n${result.err}`);
	}

	get log() {
		try {
			return readFileSync(join(this.dir, "log"), "utf8");
		} catch {
			return "";
		}
	}

	// What status says: { master, listeners, processes }.
	async status() {
		return JSON.parse(await this.expect("status", "--json"));
	}

	// The port that a worker was given.
	async port(worker) {
		const { listeners } = await this.status();
		const url = listeners.find((l) => l.worker === worker)?.url;
		const port = /:(\d+)$/.exec(url)?.[1];
		if (!port)
			throw new Error(`'${worker}' has no port: ${url}`);
		return Number(port);
	}

	// The process that serves a slot of a worker.
	async pid(worker, slot) {
		const { processes } = await this.status();
		const found = processes.find((p) => p.worker === worker &&
		    p.slot === slot && p.pid > 1);
		if (!found)
			throw new Error(`no process ${worker}/${slot}`);
		return found.pid;
	}

	// Lines of the log that are warnings and worse, but for `expected` ones.
	complaints() {
		return this.log.split("\n").filter((line) =>
		    /\[(warning|error)\]|Sanitizer|runtime error/.test(line) &&
		    !/master:   #\d+ /.test(line) && // of a line before it
		    !this.expected.some((such) => such.test(line)));
	}

	// Stops it and removes what it wrote; throws when the log complains.
	async end() {
		await this.stop();
		const bad = this.complaints();
		rmSync(this.dir, { recursive: true, force: true });
		if (bad.length > 0)
			throw new Error(`in the log:\n${bad.join("\n")}`);
	}
}
