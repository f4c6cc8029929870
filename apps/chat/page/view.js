// SPDX-License-Identifier: MIT
// Draws what is said and who is here. Whatever people wrote reaches the page
// as text, never as markup.

export const $ = (id) => document.getElementById(id);

const LOG_MAX = 500;          // messages kept on the page
const GROUP_WITHIN = 5 * 60;  // seconds: then the name is said again
const NEAR = 80;              // px from the end that count as the end

const log = $("log");
let last = {};                // who spoke last, how, and when
let unread = 0;
let following = true;         // the newest message is in sight

export function element(tag, className, ...children) {
	const e = document.createElement(tag);
	if (className)
		e.className = className;
	e.append(...children.filter((child) => child != null));
	return e;
}

// The colour of a name: the same in every browser.
export function paint(e, name) {
	let hash = 2166136261;
	for (const ch of name.toLowerCase())
		hash = Math.imul(hash ^ ch.codePointAt(0), 16777619);
	e.style.setProperty("--hue", (hash >>> 8) % 360);
	return e;
}

export function face(name) {
	const e = paint(element("span", "face", [...name][0].toUpperCase()), name);
	e.setAttribute("aria-hidden", "true");
	return e;
}

// Text with its web addresses as links.
function linked(text) {
	const parts = text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,:;!?')\]])/);
	return parts.map((part, i) => {
		if (i % 2 === 0)
			return part;
		const a = element("a", "", part);
		a.href = part;
		a.target = "_blank";
		a.rel = "noopener noreferrer";
		return a;
	});
}

export function toEnd() {
	following = true;
	log.scrollTop = log.scrollHeight;
	$("newer").hidden = true;
}

function add(item, own) {
	log.append(item);
	while (log.childElementCount > LOG_MAX)
		log.firstElementChild.remove();
	if (following || own)
		toEnd();
	else
		$("newer").hidden = false;
	return item;
}

export function notice(text) {
	last = {};
	return add(element("li", "notice", text));
}

// What names the speaker above a message, for the first of several.
function heading(m, time) {
	const who = m.own ? "You" : m.from;
	const name = paint(element("b", "name", who), m.from);
	const more = !m.to ? null : element("span", "to",
	    m.own ? `private to ${m.to}` : "private");
	const when = element("time", "", time.toLocaleTimeString([],
	    { hour: "2-digit", minute: "2-digit" }));
	when.dateTime = time.toISOString();
	when.title = time.toLocaleString();
	return element("p", "heading", name, more, when);
}

// m: { from, text, time, own, to (if private) }
export function message(m) {
	const same = last.from === m.from && last.to === m.to &&
	    m.time - last.time < GROUP_WITHIN;
	last = m;
	const item = element("li", "message");
	item.classList.toggle("own", m.own);
	item.classList.toggle("whisper", Boolean(m.to));
	item.classList.toggle("more", same);
	const who = m.own ? "You" : m.from;
	item.append(same ? element("span", "unseen", `${who}: `) :
	    heading(m, new Date(m.time * 1000)));
	if (!m.own && !same)
		item.append(face(m.from));
	item.append(element("div", "bubble", ...linked(m.text)));
	if (!m.own && document.hidden)
		unread++;
	return add(item, m.own);
}

// A message of ours on its way: dimmed until the server repeats it.
export function pending(item, yes) {
	item.classList.toggle("pending", yes);
	item.querySelector(".failed")?.remove();
}

export function failed(item, why, again) {
	const button = element("button", "quiet", "Send again");
	button.type = "button";
	button.onclick = again;
	item.classList.remove("pending");
	item.querySelector(".failed")?.remove();
	item.append(element("p", "failed", `${why} `, button));
}

// A list of buttons, one for each entry of [{ key, label, note, current,
// face, title }]; the focus stays where it was.
export function list(ul, entries, pick) {
	const focused = ul.contains(document.activeElement) &&
	    document.activeElement.dataset.key;
	ul.replaceChildren(...entries.map((entry) => {
		const button = element("button", "entry",
		    entry.face ? face(entry.key) : element("span", "hash", "#"),
		    element("span", "label", entry.label),
		    entry.note && element("span", "note", entry.note));
		button.type = "button";
		button.dataset.key = entry.key;
		button.disabled = Boolean(entry.disabled);
		if (entry.title)
			button.setAttribute("aria-label", entry.title);
		if (entry.current)
			button.setAttribute("aria-current", "true");
		button.onclick = () => pick(entry.key);
		return element("li", "", button);
	}));
	if (focused)
		[...ul.querySelectorAll("button")]
		    .find((button) => button.dataset.key === focused)?.focus();
}

export function title(room) {
	if (!document.hidden)
		unread = 0;
	document.title = (unread ? `(${unread}) ` : "") +
	    (room ? `${room} · Chat` : "Chat");
}

export function banner(text, label, action) {
	$("banner").hidden = !text;
	$("banner-text").textContent = text ?? "";
	$("banner-button").textContent = label ?? "";
	$("banner-button").hidden = !label;
	$("banner-button").onclick = action;
}

log.addEventListener("scroll", () => {
	following = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
	if (following)
		$("newer").hidden = true;
});
new ResizeObserver(() => following && toEnd()).observe(log);
