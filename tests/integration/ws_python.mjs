// SPDX-License-Identifier: MIT
// The websockets package of Python against every set of options; its test
// cases, tests/support/ws_python.py, speak TAP themselves.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { skip } from "../support/tap.mjs";

// Debian's modules are seen by Debian's Python alone.
const python = ["python3", "/usr/bin/python3"].find((path) =>
    spawnSync(path, ["-c", "import websockets"]).status === 0);
if (!python)
	skip("python3-websockets is not installed");

const server = new Program("tests/support/ws_server");
let failed = 1;
try {
	await server.start();
	const ports = [];
	for (const name of ["plain", "keeping", "small", "parts", "picky"])
		ports.push(`${name}=${await server.port(name)}`);
	const script = join(process.env.top_srcdir ?? ".",
	    "tests/support/ws_python.py");
	const child = spawn(python, [script, ...ports],
	    { stdio: ["ignore", "inherit", "inherit"] });
	[failed] = await once(child, "exit");
} finally {
	await server.end();
}
process.exit(failed === 0 ? 0 : 1);
