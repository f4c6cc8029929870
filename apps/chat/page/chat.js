// SPDX-License-Identifier: MIT
// The chat's page: what the person does goes to the server, what the server
// says goes to the view. The messages are described in the server's chat.h.

import { Link } from "./link.js";
import * as view from "./view.js";
import { $ } from "./view.js";

const people = (n) => n === 1 ? "1 person" : `${n} people`;

// What is remembered for this tab (a reload comes back as the same person)
// and for the next one (the name in the form). Storage may be switched off.
const remember = {
	get(store, key) {
		try {
			return store().getItem(`chat-${key}`) ?? "";
		} catch {
			return "";
		}
	},
	set(store, key, value) {
		try {
			store().setItem(`chat-${key}`, value);
		} catch { /* then not */ }
	}
};
const tab = () => sessionStorage, browser = () => localStorage;

// The room that the address names: /#lobby
function addressed() {
	try {
		return decodeURIComponent(location.hash.slice(1)).trim();
	} catch {
		return "";
	}
}

const me = {
	wish: remember.get(tab, "name"),    // the name asked for; "": outside
	room: addressed() || remember.get(tab, "room"),
	key: remember.get(tab, "key"),
	name: "",                           // the name got; "": not joined
	here: ""                            // the room that we really are in
};
if (!me.key) {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	me.key = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
	remember.set(tab, "key", me.key);
}

let rooms = [];
let whisper = "";                           // to whom we write; "": the room
let lastTag = 0;
let lostAt = 0;
const pending = new Map();                  // tag -> { item, message }

const link = new Link(
    `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
    { open: onOpen, message: onMessage, wait: onWait, moved: onMoved });

// ---- the connection ----

function state(text, kind) {
	$("state").textContent = $("door-state").textContent = text;
	$("state").className = `pill ${kind}`;
	$("send").disabled = kind !== "on";
}

function onOpen() {
	link.send({ kind: "hello" });
	if (me.wish)
		join();
	else {
		link.settled();
		lostAt = 0;
		state("", "on");
	}
}

function giveUpPending(why) {
	for (const { item, message } of pending.values())
		view.failed(item, why, () => {
			item.remove();
			send(message.text, message.to);
		});
	pending.clear();
}

function onWait(ms) {
	const soon = ms < 1000 ? "now" : `in ${Math.round(ms / 1000)} s`;
	lostAt ||= Date.now();
	me.name = "";
	state("Reconnecting", "off");
	view.banner(`Connection lost. Trying again ${soon}.`, "Try now",
	    () => link.open());
	giveUpPending("Perhaps not sent.");
}

function onMoved() {
	me.name = "";
	state("Elsewhere", "off");
	giveUpPending("Perhaps not sent.");
	view.banner("You are chatting in another tab or window.", "Use this one",
	    () => link.open());
}

// ---- what the server says ----

const heard = {
	welcome({ slot }) {
		$("state").title = `Worker process ${slot}`;
	},

	joined({ name, room }) {
		const moved = room !== me.here;
		link.settled();
		if (lostAt)
			view.notice("Connected again");
		else if (!moved && me.name !== name)
			view.notice(`You are ${name} now`);
		lostAt = 0;
		me.name = name;
		me.here = me.room = room;
		remember.set(tab, "room", room);
		history.replaceState(null, "", `#${encodeURIComponent(room)}`);
		if (moved) {
			$("log").replaceChildren();
			view.notice(name === me.wish ? `You joined ${room}` :
			    `Somebody is ${me.wish} already: you joined ${room} as ${name}`);
		}
		showInside();
	},

	rooms(m) {
		rooms = m.rooms;
		showRooms();
	},

	people({ room, total, names }) {
		if (room !== me.here)
			return;
		$("total").textContent = people(total);
		$("crowd").hidden = Boolean(names);
		names = (names ?? []).sort((a, b) =>
		    (b === me.name) - (a === me.name) || a.localeCompare(b));
		view.list($("people"), names.map((name) => ({
			key: name, label: name, face: true,
			note: name === me.name ? "you" : "",
			disabled: name === me.name,
			title: name === me.name ? `${name}, you` :
			    `Write privately to ${name}`
		})), writeTo);
	},

	came: ({ name }) => view.notice(`${name} came in`),
	left: ({ name }) => view.notice(`${name} left`),

	renamed({ name, to }) {
		if (whisper === name)
			writeTo(to);
		view.notice(`${name} is ${to} now`);
	},

	said: (m) => show(m),
	told: (m) => show(m),

	error({ code, text, tag }) {
		const sent = pending.get(tag);
		pending.delete(tag);
		if (sent)
			view.failed(sent.item, `Not sent: ${text}.`, () => {
				sent.item.remove();
				send(sent.message.text, sent.message.to);
			});
		else if (!me.name && /^bad-(name|room)$/.test(code))
			turnedAway(`Sorry: ${text}.`);
		else {
			me.room = me.here;
			view.notice(`Sorry: ${text}`);
		}
	}
};

function onMessage(m) {
	if (Object.hasOwn(heard, m.kind))
		heard[m.kind](m);
	view.title(me.here);
}

function show({ from, to, text, time, tag }) {
	const own = from === me.name;
	const sent = own && pending.get(tag);
	if (sent) {
		pending.delete(tag);
		view.pending(sent.item, false);
	} else
		view.message({ from, to, text, time, own });
}

// ---- what the person does ----

function join() {
	state("Connecting", "wait");
	link.send({ kind: "join", name: me.wish, room: me.room, key: me.key });
}

function goTo(room) {
	closeSide();
	if (!room || room === me.here)
		return;
	me.room = room;
	if (link.up)
		join();
	remember.set(tab, "room", room);
}

function writeTo(name) {
	whisper = name;
	$("private").hidden = !name;
	$("private-name").textContent = name;
	$("compose").classList.toggle("whisper", Boolean(name));
	$("text").placeholder = name ? `Message to ${name}` : `Message to ${me.here}`;
	closeSide();
	$("text").focus();
}

function send(text, to) {
	const tag = ++lastTag;
	const message = { from: me.name, to, text, time: Date.now() / 1000,
	    own: true };
	if (!me.name || !link.send(to ? { kind: "tell", to, text, tag } :
	    { kind: "say", text, tag }))
		return false;
	const item = view.message(message);
	view.pending(item, true);
	pending.set(tag, { item, message });
	return true;
}

function submit() {
	const text = $("text").value.trim();
	if (!text)
		return;
	if (!send(text, whisper || undefined)) {
		$("banner").classList.remove("nudge");
		void $("banner").offsetWidth;   // starts the animation again
		$("banner").classList.add("nudge");
		return;
	}
	$("text").value = "";
	grow();
}

function grow() {
	$("text").style.height = "auto";
	$("text").style.height = `${$("text").scrollHeight}px`;
}

// ---- outside and inside ----

function showOutside() {
	$("chat").hidden = true;
	$("door").hidden = false;
	$("door-name").value ||= remember.get(browser, "name");
	$("door-room").value = me.room || "lobby";
	$($("door-name").value ? "door-room" : "door-name").focus();
}

function showInside() {
	const entering = document.activeElement === document.body ||
	    $("door").contains(document.activeElement);
	$("door").hidden = true;
	$("chat").hidden = false;
	$("room").textContent = me.here;
	$("me-name").textContent = me.name;
	$("me-face").replaceWith(Object.assign(view.face(me.name),
	    { id: "me-face" }));
	$("text").placeholder = `Message to ${whisper || me.here}`;
	state("Connected", "on");
	view.banner();
	showRooms();
	if (entering)
		$("text").focus();
}

function showRooms() {
	const known = rooms.some((room) => room.name === me.here) || !me.here ?
	    rooms : [{ name: me.here, total: 1 }, ...rooms];
	view.list($("rooms"), known.map(({ name, total }) => ({
		key: name, label: name, note: String(total),
		current: name === me.here,
		title: `${name}, ${people(total)}`
	})), goTo);
	view.list($("door-rooms"), rooms.slice(0, 6).map(({ name, total }) => ({
		key: name, label: name, note: String(total),
		title: `${name}, ${people(total)}`
	})), (name) => {
		$("door-room").value = name;
	});
}

function turnedAway(text) {
	me.wish = "";
	remember.set(tab, "name", "");
	state("", "on");
	showOutside();
	$("door-error").textContent = text;
}

function leave() {
	remember.set(tab, "name", "");
	me.wish = me.name = me.here = "";
	writeTo("");
	pending.clear();
	$("log").replaceChildren();
	$("people").replaceChildren();
	view.banner();
	view.title("");
	link.open();       // as nobody
	showOutside();
}

function openSide() {
	$("chat").classList.add("side-open");
	$("menu").setAttribute("aria-expanded", "true");
	($("rooms").querySelector("[aria-current]") ?? $("room-name")).focus();
}

function closeSide() {
	if (!$("chat").classList.contains("side-open"))
		return;
	$("chat").classList.remove("side-open");
	$("menu").setAttribute("aria-expanded", "false");
	$("menu").focus();
}

function wire() {
	$("door-form").onsubmit = (event) => {
		event.preventDefault();
		me.wish = $("door-name").value.trim();
		me.room = $("door-room").value.trim();
		$("door-error").textContent = "";
		remember.set(tab, "name", me.wish);
		remember.set(browser, "name", me.wish);
		if (link.up)
			join();
	};
	$("room-form").onsubmit = (event) => {
		event.preventDefault();
		goTo($("room-name").value.trim());
		$("room-name").value = "";
		$("text").focus();
	};
	$("compose").onsubmit = (event) => {
		event.preventDefault();
		submit();
	};
	$("text").oninput = grow;
	$("text").onkeydown = (event) => {
		if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
			event.preventDefault();
			submit();
		}
	};
	$("private-end").onclick = () => writeTo("");
	$("newer").onclick = view.toEnd;
	$("leave").onclick = leave;
	$("shade").onclick = closeSide;
	$("menu").onclick = () =>
		$("chat").classList.contains("side-open") ? closeSide() : openSide();
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Escape")
			return;
		if ($("chat").classList.contains("side-open"))
			closeSide();
		else if (whisper)
			writeTo("");
	});
	document.addEventListener("visibilitychange", () => view.title(me.here));
	window.addEventListener("hashchange", () => {
		if (me.name)
			goTo(addressed());
	});
}

wire();
state("Connecting", "wait");
if (me.wish && me.room) {
	$("room").textContent = me.room;
	$("chat").hidden = false;
} else
	showOutside();
link.open();
