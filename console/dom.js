// The document, by elements and text alone: nothing that came from outside is ever read as markup.

import { clockSeconds, clockTime, dayName, duration, fullTime, now, span } from "./time.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * element("p", {class: "note", onclick: f}, "text", other): attributes that are null, undefined or
 * false are left out, functions are listeners; children are nodes, text, or lists of these.
 */
export function element(name, attributes = {}, ...children) {
	return build(document.createElement(name), attributes, children);
}

export function drawing(name, attributes = {}, ...children) {
	return build(document.createElementNS(SVG, name), attributes, children);
}

function build(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") {
			node.addEventListener(name.replace(/^on/, ""), value);
		} else if (value !== null && value !== undefined && value !== false) {
			node.setAttribute(name, value === true ? "" : value);
		}
	}
	fill(node, ...children);
	return node;
}

/** Replaces what is in a node. */
export function fill(node, ...children) {
	node.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false));
}

/** What is in focus stays so, by where it leads or else by its place, whatever is made anew. */
export function keepFocus(parent, change) {
	const all = () => [...parent.querySelectorAll("a[href], button, audio")];
	const focused = document.activeElement;
	const at = all().indexOf(focused);
	change();
	if (at >= 0 && !parent.contains(focused)) {
		const same = focused.href && all().find((node) => node.href === focused.href);
		(same || all()[at])?.focus({ preventScroll: true });
	}
}

/** Sets text only where it has changed, so that nothing is read out or laid out anew. */
export function setText(node, text) {
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

/** What others wrote, within a line: its direction is its own. */
export function foreign(text, attributes = {}) {
	return element("bdi", attributes, text);
}

/** What is said to those only who do not see the page. */
export function hidden(text) {
	return element("span", { class: "hidden" }, text);
}

export function icon(name) {
	return drawing("svg", { class: "icon", "aria-hidden": "true" },
		drawing("use", { href: `#icon-${name}` }));
}

/** A status: words, and a colour for who sees it. */
export function badge({ words, tone }) {
	return element("span", { class: `badge ${tone}` }, words);
}

/** A link to a place that somebody named: of another host only where it is one of the web. */
export function outside(address, text) {
	let url = null;
	try {
		url = new URL(address);
	} catch {
		// Shown as text.
	}
	if (url === null || !["https:", "http:"].includes(url.protocol)) {
		return foreign(text);
	}
	return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" },
		text, hidden(" (in a new tab)"));
}

export function fact(name, ...value) {
	return element("div", { class: "fact" }, element("dt", {}, name), element("dd", {}, ...value));
}

/** Long and seldom read: last, in a line of its own. */
export function sid(text) {
	const node = fact("SID", element("code", {}, text));
	node.classList.add("line");
	return node;
}

// Times. Those that change by themselves say in data-show what they are to show.

const SHOWN = {
	clock: (time) => clockTime(time),
	seconds: (time) => clockSeconds(time),
	day: (time) => `${dayName(time)}, ${clockTime(time)}`,
	ago: (time) => ago(time),
	since: (time) => duration((now() - time) / 1000),
};

function ago(time) {
	const seconds = (now() - time) / 1000;
	return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

/** A moment, as text of RFC 3339: `show` is one of the above. */
export function moment(text, show = "clock") {
	const time = Date.parse(text ?? "");
	if (Number.isNaN(time)) {
		return element("span", { class: "quiet" }, "not known");
	}
	return element("time", {
		datetime: new Date(time).toISOString(), title: fullTime(time), "data-show": show,
	}, SHOWN[show](time));
}

/** How long it is since a moment, second by second. */
export function timer(text) {
	const node = moment(text, "since");
	node.classList.add("timer");
	node.setAttribute("role", "timer");
	return node;
}

/** Once a second: what goes on changing. */
export function tick(root = document) {
	for (const node of root.querySelectorAll("time:is([data-show=since], [data-show=ago], [data-show=day])")) {
		setText(node, SHOWN[node.dataset.show](Date.parse(node.getAttribute("datetime"))));
	}
}

// Lists

/**
 * The children of a node, one for each row, reused by key: what is in focus, selected or playing
 * stays so while others come and go.
 */
export class Children {
	/** make(row) returns {node, update(row)}; update is called with each other row of that key. */
	constructor(parent, key, make) {
		this.parent = parent;
		this.key = key;
		this.make = make;
		this.items = new Map();
	}

	show(rows) {
		const focused = document.activeElement;
		const items = new Map();
		for (const row of rows) {
			items.set(this.key(row), this.item(row));
		}
		for (const [key, item] of this.items) {
			if (!items.has(key)) {
				item.node.remove();
			}
		}
		this.items = items;
		let place = this.parent.firstChild;
		for (const { node } of items.values()) {
			if (node === place) {
				place = place.nextSibling;
			} else {
				this.parent.insertBefore(node, place);
			}
		}
		// To be moved takes the focus away.
		if (focused !== document.activeElement && this.parent.contains(focused)) {
			focused.focus({ preventScroll: true });
		}
	}

	item(row) {
		const item = this.items.get(this.key(row));
		if (!item) {
			return { ...this.make(row), row };
		}
		if (item.row !== row) {
			item.update(row);
			item.row = row;
		}
		return item;
	}
}

/** Arrow keys, Home and End move among the links of a list; each is a stop of Tab as well. */
export function moveByArrows(list) {
	list.addEventListener("keydown", (event) => {
		const links = [...list.querySelectorAll("a[href]")];
		const at = links.indexOf(document.activeElement);
		const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
		if (at >= 0 && to !== undefined && links[to] && !event.altKey && !event.ctrlKey
			&& !event.metaKey && !event.shiftKey) {
			event.preventDefault();
			links[to].focus();
		}
	});
}

// What is read out. Not everything that happens: what was said last waits for the next second.

let announced = 0;
let waiting = null;

export function announce(text) {
	const node = document.getElementById("announcements");
	clearTimeout(waiting);
	waiting = setTimeout(() => {
		announced = Date.now();
		node.textContent = text;
	}, Math.max(0, 3000 - (Date.now() - announced)));
}
