// SPDX-License-Identifier: MIT
// The page as a client of the API. What notes say is only ever set as text,
// never as markup.

const $ = (id) => document.getElementById(id);
const fields = ["title", "text"];

let next = null;    // "after" of the next page, or null
let editing = null; // the note in the form, or null for a new one

// ---- requests ----

// A problem of the API, or of the way to it.
class Problem extends Error {
	constructor(body) {
		super(body.detail ?? body.title ?? "something went wrong");
		this.errors = body.errors ?? [];
	}
}

function show(method, path, response, body) {
	$("request").textContent =
	    `${method} ${path} - ${response.status} ${response.statusText}`;
	$("answer").textContent = body ? JSON.stringify(body, null, 2) : "";
}

async function call(method, path, note) {
	const response = await fetch(path, {
		method,
		headers: note ? { "Content-Type": "application/json" } : {},
		body: note ? JSON.stringify(note) : undefined
	}).catch(() => {
		throw new Problem({ detail: "the server cannot be reached" });
	});
	const text = await response.text();
	let body = null;
	try {
		body = text ? JSON.parse(text) : null;
	} catch {
		throw new Problem({ detail: "the answer is not JSON" });
	}
	show(method, path, response, body);
	if (!response.ok)
		throw new Problem(body ?? { title: response.statusText });
	return body;
}

function say(text, bad = false) {
	$("state").textContent = text;
	$("state").classList.toggle("error", bad);
}

// ---- the list ----

function element(name, text, properties = {}) {
	const e = document.createElement(name);
	e.textContent = text;
	return Object.assign(e, properties);
}

function button(text, note, act) {
	const b = element("button", text, { type: "button", className: "plain" });
	b.setAttribute("aria-label", `${text} ${note.title}`);
	b.addEventListener("click", () => attempt(() => act(note)));
	return b;
}

function item(note) {
	const li = element("li", "", { id: `note-${note.id}` });
	const buttons = element("p", "", { className: "buttons" });
	buttons.append(button("Edit", note, edit), button("Delete", note, remove));
	li.append(element("h3", note.title),
	    element("p", note.text, { className: "text" }),
	    element("time", new Date(note.updated).toLocaleString(),
		{ dateTime: note.updated }),
	    buttons);
	return li;
}

async function load(after) {
	const page = await call("GET", after ? `/notes?after=${after}` : "/notes");
	if (!after)
		$("notes").replaceChildren();
	$("notes").append(...page.notes.map(item));
	next = page.next;
	$("more").hidden = next === null;
	if ($("notes").childElementCount === 0)
		say("There are no notes yet.");
}

async function remove(note) {
	if (!confirm(`Delete "${note.title}"?`))
		return;
	await call("DELETE", `/notes/${note.id}`);
	$(`note-${note.id}`)?.remove();
	if (editing?.id === note.id)
		clear();
	say("Deleted.");
	$("notes").focus();
}

// ---- the form ----

function complain(errors) {
	for (const field of fields) {
		const error = errors.find((e) => e.pointer === `#/${field}`);
		$(`${field}-error`).textContent =
		    error ? `The ${field} ${error.detail}.` : "";
		$(field).setAttribute("aria-invalid", String(Boolean(error)));
	}
	const wrong = fields.find((field) =>
	    $(field).getAttribute("aria-invalid") === "true");
	if (wrong)
		$(wrong).focus();
}

function fill(note) {
	editing = note;
	for (const field of fields)
		$(field).value = note?.[field] ?? "";
	$("form-title").textContent = note ? "Edit the note" : "New note";
	$("save").textContent = note ? "Replace" : "Create";
	$("cancel").hidden = !note;
	complain([]);
}

const clear = () => fill(null);

function edit(note) {
	fill(note);
	$("title").focus();
}

async function save() {
	const draft = Object.fromEntries(fields.map((f) => [f, $(f).value]));
	if (editing) {
		const note = await call("PUT", `/notes/${editing.id}`, draft);
		$(`note-${note.id}`)?.replaceWith(item(note));
		say("Replaced.");
	} else {
		const note = await call("POST", "/notes", draft);
		// Behind the pages that are not shown yet, it comes with them.
		if (next === null)
			$("notes").append(item(note));
		say(next === null ? "Created." : "Created, at the end of the list.");
	}
	clear();
}

// ---- what happens ----

// Runs it and says what went wrong.
async function attempt(act) {
	$("save").disabled = true;
	try {
		await act();
	} catch (problem) {
		if (!(problem instanceof Problem))
			throw problem;
		say(problem.message, true);
		complain(problem.errors);
	} finally {
		$("save").disabled = false;
	}
}

$("form").addEventListener("submit", (event) => {
	event.preventDefault();
	attempt(save);
});
$("cancel").addEventListener("click", clear);
$("more").addEventListener("click", () => attempt(() => load(next)));

attempt(load);
