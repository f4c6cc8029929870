// SPDX-License-Identifier: MIT
// Tests in a row, answered in TAP. A test that throws has failed; the rest
// still run.

const tests = [];
const cleanups = [];

export function test(name, run) {
	tests.push({ name, run });
}

// Runs after the tests, in any case, last registered first.
export function cleanup(run) {
	cleanups.push(run);
}

// For a client that this machine lacks.
export function skip(why) {
	console.log(`1..0 # SKIP ${why}`);
	process.exit(77);
}

// The package, or null when it is not installed.
export async function optional(load) {
	try {
		return await load();
	} catch (error) {
		if (error.code === "ERR_MODULE_NOT_FOUND")
			return null;
		throw error;
	}
}

function explain(error) {
	for (const line of String(error.stack ?? error).split("\n"))
		console.log(`# ${line}`);
}

async function finish(failed) {
	for (const body of cleanups.reverse())
		try {
			await body();
		} catch (error) {
			failed++;
			explain(error);
		}
	process.exit(failed ? 1 : 0);
}

// What is not caught in a test ends them all, and leaves nothing behind.
process.on("uncaughtException", (error) => {
	console.log("not ok - outside of a test");
	explain(error);
	finish(1);
});

export async function run() {
	let failed = 0;
	console.log(`1..${tests.length}`);
	for (const [i, { name, run: body }] of tests.entries()) {
		try {
			await body();
			console.log(`ok ${i + 1} ${name}`);
		} catch (error) {
			failed++;
			console.log(`not ok ${i + 1} ${name}`);
			explain(error);
		}
	}
	await finish(failed);
}

// Asks until the answer is true, or throws after `ms`: for what announces
// itself by no event.
export async function until(what, ask, ms = 10_000) {
	const end = Date.now() + ms;
	for (;;) {
		const answer = await ask();
		if (answer)
			return answer;
		if (Date.now() > end)
			throw new Error(`not within ${ms} ms: ${what}`);
		await new Promise((done) => setTimeout(done, 20));
	}
}
