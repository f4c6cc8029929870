// SPDX-License-Identifier: MIT
// select(2) watches no descriptor from FD_SETSIZE on: what is over it is
// refused at the door, with one line in the log, and the rest is served.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";

import { Program } from "../support/program.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const MANY = 1200; // FD_SETSIZE is 1024

const echo = new Program("apps/echo/echo", ["--event-loop", "select",
    ...["text", "frame", "http", "websocket", "udp"].flatMap((name) =>
	["--listen", `${name}=${name}://127.0.0.1:0`])]);
echo.expected.push(/handles only descriptors below/);
cleanup(() => echo.end());
await echo.start();
const port = await echo.port("text");

const sockets = [];
let refused = 0;
cleanup(() => sockets.forEach((socket) => socket.destroy()));

test("connections over FD_SETSIZE are refused, the others served",
    async () => {
	let answers = 0;
	for (let i = 0; i < MANY; i++) {
		const socket = connect({ port, host: "127.0.0.1" });
		socket.on("error", () => {});
		socket.on("close", () => { refused++; });
		socket.on("data", () => { answers++; });
		sockets.push(socket);
		await once(socket, "connect");
		socket.write("hello\n");
	}
	await until("each is answered or closed", () =>
	    answers + refused === MANY);
	assert.ok(refused > 0, "none was refused");
	assert.ok(answers > 900, `only ${answers} were served`);
});

test("one line says so, and what to do", () => {
	const lines = echo.log.split("\n").filter((line) =>
	    /handles only descriptors below 1024; use --event-loop/.test(line));
	assert.equal(lines.length, 1);
});

test("it goes on serving", async () => {
	const next = once(sockets[0], "data");
	sockets[0].write("still here\n");
	assert.equal(String((await next)[0]), "still here\n");
});

await run();
