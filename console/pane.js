// A list on the left and what is chosen from it on the right; on a phone, one of the two.
//
// The list is a window of rows.js: it loads older rows as somebody scrolls down, and shows changed
// and new ones where they belong.

import { Batch, MANY } from "./batch.js";
import { announce, Children, element, fill, icon, keepFocus, moveByArrows, setText } from "./dom.js";
import { Rows } from "./rows.js";
import { dayName } from "./time.js";

/** The frame of a view: {list, detail}, two sections in <main>. */
function frame(main, label, detailLabel) {
	const list = element("section", { class: "list", "aria-label": label });
	const detail = element("section", { class: "detail", "aria-label": detailLabel });
	fill(main, list, detail);
	main.className = "split";
	return { list, detail };
}

/** Above what was chosen: the way back, and the heading that gets the focus. */
export function detailHead(back, title) {
	const heading = element("h2", { tabindex: "-1" }, title);
	return {
		heading,
		node: element("header", { class: "detail-head" },
			element("a", { class: "back", href: back, "aria-label": "Back to the list" }, icon("back")),
			heading),
	};
}

/** What scrolls by itself, and so must be within reach of the keyboard. */
export function scroller(label, attributes = {}, ...children) {
	return element("div", { tabindex: "0", role: "region", "aria-label": label,
		...attributes, class: `scroller ${attributes.class ?? ""}` }, ...children);
}

/** A view that is one page, without a list: {body}. */
export function page(main, title) {
	const body = scroller(title, { class: "page" }, note("Loading …"));
	fill(main, element("header", { class: "list-head" },
		element("h2", { tabindex: "-1" }, title)), body);
	main.className = "whole";
	return { body };
}

function note(text) {
	return element("p", { class: "empty" }, text);
}

// How long before what failed is tried again by itself, and between two refreshments of a list, in
// milliseconds.
const RETRY = 5000;
const PAUSE = 500;

let announced = "";

/** What failed, in words, and a button; as long as it is to be seen, it is tried again. */
export function failure(error, again) {
	const text = `This could not be loaded: ${error.message || "no answer"}.`;
	const node = element("div", { class: "failure" }, element("p", {}, text),
		element("button", { type: "button", onclick: again }, "Try again"));
	if (text !== announced) {
		announce(text);
		announced = text;
	}
	const retry = () => {
		if (node.isConnected) {
			document.hidden ? setTimeout(retry, RETRY) : again();
		}
	};
	setTimeout(retry, RETRY);
	return node;
}

/** A view of a list and of what is chosen from it. */
export class Split {
	/**
	 * list: what ListPane wants; keyOf(change): key of the row that a change is about, if any;
	 * detail(parent, id): shows one in a Detail, or in what has close, changed and reload as it does;
	 * nothing: text where none is chosen.
	 */
	constructor(main, { label, detailLabel, nothing, list, keyOf, detail }) {
		Object.assign(this, { nothing, keyOf, makeDetail: detail });
		this.panes = frame(main, label, detailLabel);
		this.chosen = null;
		this.detail = null;
		this.setList(list);
	}

	setList(list) {
		this.list?.end();
		this.list = new ListPane(list);
		fill(this.panes.list, this.list.node);
	}

	close() {
		this.list.end();
		this.detail?.close();
	}

	route({ id }) {
		const was = this.chosen;
		if (was === id) {
			return;
		}
		this.chosen = id;
		this.detail?.close();
		this.detail = null;
		this.list.select(id);
		if (id !== "") {
			this.detail = this.makeDetail(this.panes.detail, id);
			return;
		}
		fill(this.panes.detail, note(this.nothing));
		if (was) {
			this.list.focus(was);
		}
	}

	changed(changes) {
		const keys = new Set(changes.map(this.keyOf).filter(Boolean));
		if (keys.size > 0) {
			this.list.changed(keys);
		}
		this.detail?.changed(changes);
	}

	reload() {
		this.list.reload();
		this.detail?.reload();
	}
}

/** What was chosen from a list, loaded and shown again whenever it changes. */
export class Detail {
	/**
	 * load(): what is to be shown, null if it is not known; isAbout(change, shown);
	 * show(loaded): {title, state, parts}: nodes for the heading and below it, and a list of parts,
	 * each [what it is made of, function that makes it]: made anew only if that has changed, so that
	 * a recording goes on playing.
	 */
	constructor(parent, { back, title, label, load, isAbout, show }) {
		Object.assign(this, { load, isAbout, makeParts: show });
		this.head = detailHead(back, title);
		this.state = element("p", { class: "facts" });
		this.head.node.append(this.state);
		this.body = scroller(label, {}, note("Loading …"));
		this.parts = [];
		this.loading = 0;
		fill(parent, this.head.node, this.body);
		this.head.heading.focus();
		this.reload();
	}

	close() {
		this.loading = -1;
	}

	changed(changes) {
		if (changes.some((change) => this.isAbout(change, this.loaded))) {
			this.reload();
		}
	}

	async reload() {
		const mine = ++this.loading;
		try {
			const loaded = await this.load();
			if (mine === this.loading) {
				this.loaded = loaded;
				this.show();
			}
		} catch (error) {
			if (mine === this.loading) {
				this.parts = [];
				fill(this.body, failure(error, () => this.reload()));
			}
		}
	}

	show() {
		if (this.loaded === null) {
			fill(this.body, note("This is not known here."));
			return;
		}
		const { title, state, parts } = this.makeParts(this.loaded);
		fill(this.head.heading, title);
		fill(this.state, state);
		const shown = parts.map(([of, make], at) => {
			const key = JSON.stringify(of);
			const was = this.parts[at];
			return was?.key === key ? was : { key, node: element("section", {}, make()) };
		});
		if (shown.some((part, at) => part !== this.parts[at]) || shown.length !== this.parts.length) {
			this.parts = shown;
			keepFocus(this.body, () => replaceChanged(this.body, shown.map((part) => part.node)));
		}
	}
}

/** Leaves alone what is there already: to be moved stops what is playing. */
function replaceChanged(parent, nodes) {
	for (const child of [...parent.childNodes]) {
		if (!nodes.includes(child)) {
			child.remove();
		}
	}
	nodes.forEach((node, at) => {
		if (parent.childNodes[at] !== node) {
			parent.insertBefore(node, parent.childNodes[at] ?? null);
		}
	});
}

export class ListPane {
	/**
	 * load(next): {rows, next}, next being null for the newest page, and after the oldest;
	 * fetch(keys): the rows that changed; merged(rows): those of them that belong here;
	 * added(rows): is told what is new, newest first;
	 * key, time, place: see Rows; group(row): heading above rows, null for their day;
	 * make(row): {node, update}: what stands in the list item; empty: text where there are none.
	 */
	constructor({ title, controls, load, fetch, merged, added, key, time, place, group, make, empty }) {
		Object.assign(this, { load, added, group, empty });
		this.rows = new Rows({ key, time, place });
		this.batch = new Batch({
			fetch,
			show: (rows) => this.merge(merged ? merged(rows) : rows),
			failed: () => {},  // the next change, or the next reload, brings them
		});
		this.generation = 0;
		this.isLoaded = false;  // once, at least
		this.failed = false;    // the last time
		this.late = null;       // what was merged while a page was loading
		this.selected = null;
		this.body = element("ul", { class: "rows" });
		this.note = element("div", { class: "list-note" });
		this.newer = element("button", { type: "button", class: "newer", hidden: true,
			onclick: () => this.showNewest() });
		this.older = element("button", { type: "button", class: "older", hidden: true,
			onclick: () => this.loadOlder() }, "Show older");
		this.scroller = element("div", { class: "scroller" },
			this.newer, this.body, this.note, this.older);
		this.node = [
			element("header", { class: "list-head" }, element("h2", { tabindex: "-1" }, title),
				controls ?? null),
			this.scroller,
		];
		moveByArrows(this.body);
		this.children = new Children(this.body, (entry) => entry.key, (entry) =>
			entry.heading ? headingItem(entry) : this.item(entry, make));
		this.watcher = new IntersectionObserver((entries) => {
			if (entries.some((entry) => entry.isIntersecting)) {
				this.loadOlder();
			}
		}, { root: this.scroller, rootMargin: "300px" });
		this.watcher.observe(this.older);
	}

	item(entry, make) {
		const { node, update } = make(entry.row);
		let shown = entry;
		markCurrent(node, entry.current);
		return {
			node: element("li", {}, node),
			update: (now) => {
				if (now.row !== shown.row || now.current !== shown.current) {
					update(now.row);
					markCurrent(node, now.current);
					shown = now;
				}
			},
		};
	}

	end() {
		this.generation++;
		this.batch.end();
		this.watcher.disconnect();
	}

	/** The newest page, and nothing else. */
	async reload() {
		const mine = ++this.generation;
		this.late = [];
		this.batch.clear();
		this.body.setAttribute("aria-busy", "true");
		this.show();
		try {
			const page = await this.load(null);
			if (mine === this.generation) {
				this.rows.replace(page);
				this.rows.merge([...page.more ?? [], ...this.late]);
				this.loaded(null);
			}
		} catch (error) {
			if (mine === this.generation) {
				this.loaded(error);
			}
		}
	}

	loaded(error) {
		const isFirst = !this.isLoaded && error === null;
		this.late = null;
		this.failed = error !== null;
		this.isLoaded = this.isLoaded || isFirst;
		this.body.removeAttribute("aria-busy");
		fill(this.note, error && failure(error, () => this.reload()));
		this.show();
		if (isFirst) {
			this.body.querySelector("a[aria-current]")?.scrollIntoView({ block: "nearest" });
		}
	}

	async showNewest() {
		this.scroller.scrollTop = 0;
		await this.reload();
		this.body.querySelector("a")?.focus();
	}

	/** Much has changed: the newest page takes in what it can. One request at a time. */
	async refresh() {
		if (this.refreshing || this.late !== null) {
			this.again = true;
			return;
		}
		const mine = this.generation;
		this.refreshing = true;
		try {
			const page = await this.load(null);
			if (mine === this.generation) {
				const added = this.rows.refresh(page, this.scroller.scrollTop < 100);
				this.rows.merge(page.more ?? []);
				this.show();
				this.added?.(added);
			}
		} catch {
			// The next change, or the next reload, brings it.
		}
		this.refreshing = false;
		if (this.again && mine === this.generation) {
			this.again = false;
			setTimeout(() => this.refresh(), PAUSE);
		}
	}

	async loadOlder() {
		if (this.loadingOlder || this.rows.next === null || this.late !== null) {
			return;
		}
		const mine = this.generation;
		this.loadingOlder = true;
		setText(this.older, "Loading …");
		try {
			const page = await this.load(this.rows.next);
			if (mine === this.generation) {
				this.rows.addOlder(page);
				this.show();
				// If the button is still in sight, once more.
				this.watcher.unobserve(this.older);
				this.watcher.observe(this.older);
			}
		} catch {
			// The button is still there.
		} finally {
			this.loadingOlder = false;
			setText(this.older, "Show older");
		}
	}

	/** Rows with these keys have changed. */
	changed(keys) {
		if (this.batch.keys.size + keys.size > 3 * MANY) {
			this.batch.clear();
			return this.refresh();
		}
		return this.batch.add(keys);
	}

	merge(rows) {
		this.late?.push(...rows);
		const added = this.rows.merge(rows);
		this.show();
		this.added?.(added);
	}

	select(key) {
		this.selected = key;
		this.show();
	}

	/** Puts the focus back to a row that had been opened. */
	focus(key) {
		const item = this.children.items.get(key)?.node ?? this.body;
		item.querySelector("a")?.focus();
	}

	show() {
		const entries = [];
		let heading = null;
		for (const row of this.rows.rows) {
			const text = this.group?.(row) ?? dayName(Date.parse(this.rows.time(row)));
			if (text !== heading) {
				heading = text;
				entries.push({ key: `heading ${text}`, heading: text });
			}
			const key = this.rows.key(row);
			entries.push({ key, row, current: key === this.selected });
		}
		this.children.show(entries);
		if (!this.failed) {
			const text = this.isLoaded ? this.empty : "Loading …";
			fill(this.note, entries.length === 0 && note(text));
		}
		this.older.hidden = this.rows.next === null;
		this.newer.hidden = !this.rows.cutNewest;
		setText(this.newer, this.rows.missed > 0 ? `Show ${this.rows.missed} newer` : "Show the newest");
	}
}

function markCurrent(node, current) {
	if (current) {
		node.setAttribute("aria-current", "true");
	} else {
		node.removeAttribute("aria-current");
	}
}

function headingItem(entry) {
	return { node: element("li", { class: "heading" }, element("h3", {}, entry.heading)), update() {} };
}
