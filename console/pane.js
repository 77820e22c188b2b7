// A list on the left and what is chosen from it on the right; on a phone, one of the two.
//
// The list is a window of rows.js: it loads older rows as somebody scrolls down, and shows changed
// and new ones where they belong.

import { Batch } from "./batch.js";
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

// Between two refreshments of a list, in milliseconds.
const PAUSE = 500;

/** What failed, in words, where there is nothing else to show; and a button for who cannot wait. */
export function failure(error, reader) {
	const text = `This could not be loaded: ${error.message || "no answer"}.`;
	if (reader.failures === 1) {
		announce(text);
	}
	return element("div", { class: "failure" }, element("p", {}, text),
		element("button", { type: "button", onclick: () => reader.wake() }, "Try again"));
}

/** A view of a list and of what is chosen from it. */
export class Split {
	/**
	 * readers: see reader.js; list: what ListPane wants; keyOf(change): key of the row that a change
	 * is about, if any; detail(parent, id): shows one in a Detail, or in what has close, changed,
	 * reload and timePassed as it does; nothing: text where none is chosen.
	 */
	constructor(main, readers, { label, detailLabel, nothing, list, keyOf, detail }) {
		Object.assign(this, { readers, nothing, keyOf, makeDetail: detail });
		this.panes = frame(main, label, detailLabel);
		this.chosen = null;
		this.detail = null;
		this.setList(list);
	}

	setList(list) {
		this.list?.end();
		this.list = new ListPane(this.readers, list);
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

	timePassed() {
		this.list.timePassed();
		this.detail?.timePassed();
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
	constructor(parent, readers, { back, title, label, load, isAbout, show }) {
		Object.assign(this, { isAbout, makeParts: show });
		this.head = detailHead(back, title);
		this.state = element("p", { class: "facts" });
		this.head.node.append(this.state);
		this.body = scroller(label, {}, note("Loading …"));
		this.parts = [];
		this.loaded = undefined;
		this.reader = readers.add({
			ask: load,
			show: (loaded) => this.show(loaded),
			failed: (error) => this.failed(error),
		});
		fill(parent, this.head.node, this.body);
		this.head.heading.focus();
		this.reload();
	}

	close() {
		this.reader.end();
	}

	changed(changes) {
		if (changes.some((change) => this.isAbout(change, this.loaded))) {
			this.reader.want();
		}
	}

	reload() {
		this.reader.renew();
	}

	timePassed() {
		if (this.loaded) {
			this.show(this.loaded);
		}
	}

	/** What was there stays. */
	failed(error) {
		if (this.parts.length === 0) {
			keepFocus(this.body, () => fill(this.body, failure(error, this.reader)));
		}
	}

	show(loaded) {
		this.loaded = loaded;
		if (loaded === null) {
			this.parts = [];
			fill(this.body, note("This is not known here."));
			return;
		}
		const { title, state, parts } = this.makeParts(loaded);
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
	 * fetch(keys): the rows that changed; came(rows): is told what was read before it is shown, and
	 * gives those of them that belong here; added(rows): is told what is new, newest first;
	 * key, time, place: see Rows; group(row): heading above rows, null for their day;
	 * make(row): {node, update}: what stands in the list item; empty: text where there are none.
	 */
	constructor(readers, { title, controls, load, fetch, came, added, key, time, place, group, make,
		empty }) {
		Object.assign(this, { load, fetch, came: came ?? ((rows) => rows), added, group, empty });
		this.rows = new Rows({ key, time, place });
		this.batch = new Batch();
		this.reader = readers.add({
			ask: () => this.ask(),
			show: (answer) => this.read(answer),
			failed: (error) => this.failed(error),
			pause: () => this.batch.page ? PAUSE : 0,
		});
		this.isLoaded = false;     // once, at least
		this.hasFailed = false;    // always, until now
		this.isToReplace = false;  // by what is being read
		this.changedSince = null;  // keys, while older rows are being loaded
		this.selected = null;
		this.body = element("ul", { class: "rows" });
		this.note = element("div", { class: "list-note" });
		this.newer = element("button", { type: "button", class: "newer", hidden: true,
			onclick: () => this.showNewest() });
		this.older = element("button", { type: "button", class: "older", hidden: true,
			onclick: () => this.loadOlder() }, "Show older");
		this.scroller = element("div", { class: "scroller" },
			this.newer, this.body, this.note, this.older);
		this.heading = element("h2", { tabindex: "-1" }, title);
		this.node = [
			element("header", { class: "list-head" }, this.heading, controls ?? null),
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
				if (now.row !== shown.row || now.current !== shown.current || now.below !== shown.below) {
					update(now.row);
					markCurrent(node, now.current);
					shown = now;
				}
			},
		};
	}

	end() {
		this.reader.end();
		this.watcher.disconnect();
	}

	/** The newest page, and nothing else. */
	reload() {
		this.batch.clear();
		this.batch.addPage();
		this.isToReplace = true;
		this.body.setAttribute("aria-busy", "true");
		this.show();
		this.reader.renew();
	}

	/** The button for it goes, and with it the focus, which begins anew at the top. */
	showNewest() {
		this.scroller.scrollTop = 0;
		this.heading.focus();
		this.reload();
	}

	/** Rows with these keys have changed. */
	changed(keys) {
		this.batch.add(keys);
		this.changedSince?.push(...keys);
		this.reader.want();
	}

	/** What is to be read next: {taken, and page or rows}. */
	async ask() {
		const taken = this.batch.take();
		try {
			return taken.page ? { taken, page: await this.load(null) }
				: { taken, rows: await this.fetch(taken.keys) };
		} catch (error) {
			this.batch.putBack(taken);
			throw error;
		}
	}

	read({ taken, page, rows }) {
		const isFirst = !this.isLoaded;
		this.isLoaded = true;
		this.hasFailed = false;
		const added = page ? this.readPage(page, taken.keys) : this.rows.merge(this.came(rows));
		this.show();
		if (isFirst) {
			this.body.querySelector("a[aria-current]")?.scrollIntoView({ block: "nearest" });
		}
		this.added?.(added);
		if (!this.batch.isEmpty) {
			this.reader.want();
		}
	}

	readPage({ rows, next, more = [] }, keys) {
		const page = { rows: this.came(rows), next };
		if (this.isToReplace) {
			this.replace(page, more);
			return [];
		}
		const added = this.rows.refresh(page, this.scroller.scrollTop < 100);
		this.rows.merge(more);
		// The page reaches only so far: below it rows have changed as well.
		const read = new Set([...rows, ...more].map(this.rows.key));
		this.batch.keep(keys.filter((key) => !read.has(key) && this.rows.get(key)));
		return added;
	}

	replace(page, more) {
		this.isToReplace = false;
		this.rows.replace(page);
		this.rows.merge(more);
		this.body.removeAttribute("aria-busy");
	}

	/** What is there stays; only where there is nothing yet one has to be told here. */
	failed(error) {
		this.body.removeAttribute("aria-busy");
		if (!this.isLoaded) {
			this.hasFailed = true;
			keepFocus(this.note, () => fill(this.note, failure(error, this.reader)));
		}
	}

	async loadOlder() {
		const { next } = this.rows;
		if (this.changedSince !== null || next === null || this.isToReplace) {
			return;
		}
		this.changedSince = [];
		this.show();
		try {
			const page = await this.load(next);
			// Not where other rows have taken the place of those that it continues.
			if (this.rows.next === next) {
				this.rows.addOlder(page);
				this.batch.keep(this.changedSince);
			}
			// If the button is still in sight, once more.
			this.watcher.unobserve(this.older);
			this.watcher.observe(this.older);
		} catch {
			// The button is still there.
		}
		this.changedSince = null;
		this.show();
		if (!this.batch.isEmpty) {
			this.reader.want();
		}
	}

	/** Where a row belongs, and what it says, can depend on what time it is. */
	timePassed() {
		this.rows.merge([]);
		this.show();
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
			entries.push({ key, row, current: key === this.selected, below: heading });
		}
		this.children.show(entries);
		if (!this.hasFailed) {
			const text = this.isLoaded ? this.empty : "Loading …";
			fill(this.note, entries.length === 0 && note(text));
		}
		this.older.hidden = this.rows.next === null;
		setText(this.older, this.changedSince === null ? "Show older" : "Loading …");
		this.newer.hidden = !this.rows.cutNewest;
		const { missed, limit } = this.rows;
		setText(this.newer, missed > 0 && missed < limit ? `Show ${missed} newer` : "Show the newest");
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
