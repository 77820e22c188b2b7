// The inbox: conversations by channel, and what was said in the one that is open.

import { announce, badge, Children, element, fill, foreign, hidden, keepFocus, moment, outside,
	setText } from "./dom.js";
import { detailHead, failure, scroller, Split } from "./pane.js";
import { formatRoute } from "./route.js";
import { Rows } from "./rows.js";
import { dayName, now } from "./time.js";
import { bareAddress, channelName, messageStatus } from "./words.js";

export const title = "Inbox";

// What came in since the page was opened, and has not been looked at here, is new: the latest that
// was seen, by conversation.
const opened = new Date(now()).toISOString();
const seen = new Map();

function isUnseen(session) {
	return session.last_received_at > (seen.get(String(session.id)) ?? opened);
}

export function open(main, { api, readers }) {
	return new Inbox(main, api, readers);
}

class Inbox extends Split {
	constructor(main, api, readers) {
		super(main, readers, {
			label: "Conversations",
			detailLabel: "Conversation",
			nothing: "Choose a conversation.",
			list: listOf(api, {}),
			keyOf: (change) => change.kind === "message" && change.message,
			detail: (parent, id) => new Conversation(parent, api, readers, id,
				formatRoute({ view: "inbox", query: this.query })),
		});
		this.api = api;
		this.types = ["sms", "whatsapp"];
		this.typesReader = readers.add({
			ask: () => api.channelTypes(),
			show: (types) => {
				this.types = types;
				keepFocus(this.tabs, () => this.showTabs());
			},
		});
		this.query = null;
	}

	close() {
		super.close();
		this.typesReader.end();
	}

	route(route) {
		const { query } = route;
		const was = this.query;
		this.query = query;
		keepFocus(this.panes.list, () => {
			if (was === null || was.type !== query.type) {
				this.showType(was !== null);
			}
			this.showTabs();
		});
		this.look(route.id);
		super.route(route);
	}

	/** The conversations of one type, or all; the first time they are loaded by who opens this. */
	showType(isToLoad) {
		this.tabs = element("nav", { class: "tabs", "aria-label": "Channels" });
		this.setList({
			...listOf(this.api, this.query),
			controls: this.tabs,
			came: (sessions) => this.came(sessions),
		});
		this.list.select(this.chosen);
		if (isToLoad) {
			this.list.reload();
		}
	}

	look(id) {
		const session = this.list.rows.get(id);
		if (session) {
			seen.set(id, session.last_received_at);
		}
	}

	showTabs() {
		const tab = (type, text) => element("a", {
			href: formatRoute({ view: "inbox", query: { type } }),
			"aria-current": (this.query.type ?? "") === type ? "true" : null,
		}, text);
		fill(this.tabs, tab("", "All"), this.types.map((type) => tab(type, channelName(type))));
	}

	/** Sessions that were read: of all channels, before they come into the list. */
	came(sessions) {
		const mine = sessions.find((session) => String(session.id) === this.chosen);
		if (mine) {
			this.detail.showHead(mine);
		}
		const { type } = this.query;
		return sessions.filter((session) => !type || session.type === type);
	}

	reload() {
		super.reload();
		this.typesReader.want();
	}
}

/** What a list of conversations is made of: those of a type, or all. */
function listOf(api, query) {
	return {
		title: "Inbox",
		load: (next) => api.sessions(query.type, next),
		fetch: (sids) => api.sessionsOf(sids),
		key: (session) => String(session.id),
		time: (session) => session.last_received_at,
		place: api.placeOfSession,
		make: (session) => row(session, query),
		empty: "No conversations yet. A message that comes in opens one.",
	};
}

function row(first, query) {
	const node = element("a", {});
	const update = (session) => {
		node.href = formatRoute({ view: "inbox", id: String(session.id), query });
		node.classList.toggle("unseen", isUnseen(session));
		fill(node,
			element("span", { class: "row-head" },
				foreign(contactName(session), { class: "who" }), moment(session.last_received_at)),
			element("span", { class: "row-foot" },
				session.last_body ? foreign(session.last_body, { class: "snippet" })
					: element("span", { class: "snippet" }, "(no text)"),
				!query.type && element("span", { class: "tag" }, channelName(session.type)),
				session.is_opted_out && badge({ words: "stopped", tone: "bad" }),
				isUnseen(session) && badge({ words: "new", tone: "new" })));
	};
	update(first);
	return { node, update };
}

function contactName(session) {
	return session.profile_name || bareAddress(session.contact_address);
}

/** What was said in one conversation: the oldest above, the newest below and in sight. */
class Conversation {
	constructor(parent, api, readers, id, back) {
		this.api = api;
		this.id = id;
		this.isHeadWanted = true;
		this.reader = readers.add({
			ask: () => this.ask(),
			show: (answer) => this.read(answer),
			failed: (error) => this.failed(error),
		});
		this.rows = new Rows({
			key: (message) => message.sid, time: (message) => message.created_at,
			place: api.placeOfMessage });
		this.head = detailHead(back, foreign(""));
		this.facts = element("p", { class: "facts" });
		this.head.node.append(this.facts);
		this.older = element("button", { type: "button", class: "older", hidden: true,
			onclick: () => this.loadOlder() }, "Show older");
		this.list = element("ol", { class: "messages" });
		this.note = element("div", {});
		this.scroller = scroller("Messages", { class: "conversation" },
			this.older, this.list, this.note);
		this.latest = element("button", { type: "button", class: "latest", hidden: true,
			onclick: () => this.toLatest() }, "Newest messages");
		this.children = new Children(this.list, (entry) => entry.key, (entry) =>
			entry.heading ? day(entry) : bubble(entry));
		this.scroller.addEventListener("scroll", () => {
			if (this.atEnd()) {
				this.latest.hidden = !this.rows.cutNewest;
			}
			if (this.scroller.scrollTop < 200) {
				this.loadOlder();
			}
		});
		fill(parent, this.head.node, this.scroller, this.latest);
		this.head.heading.focus();
		this.reload();
	}

	close() {
		this.reader.end();
	}

	reload() {
		this.isHeadWanted = true;
		this.reader.renew();
	}

	timePassed() {
		this.show();
	}

	/** What is said of the conversation itself comes with the list, whenever it changes. */
	async ask() {
		const [session, page] = await Promise.all([
			this.isHeadWanted ? this.api.session(this.id) : undefined,
			this.api.messages(this.id, null)]);
		return { session, page };
	}

	read({ session, page }) {
		if (session !== undefined) {
			this.isHeadWanted = false;
			this.showHead(session);
		}
		fill(this.note, page.rows.length === 0
			&& element("p", { class: "empty" }, "No messages here."));
		this.merge(page);
	}

	/** What was there stays. */
	failed(error) {
		if (this.rows.rows.length === 0) {
			keepFocus(this.note, () => fill(this.note, failure(error, this.reader)));
		}
	}

	showHead(session) {
		this.session = session;
		if (!session) {
			setText(this.head.heading, "Conversation");
			return;
		}
		seen.set(this.id, session.last_received_at);
		this.contact = contactName(session);
		fill(this.head.heading, foreign(this.contact));
		fill(this.facts,
			element("span", {}, channelName(session.type)),
			foreign(bareAddress(session.contact_address)),
			element("span", {}, "to ",
				foreign(session.channel.name || bareAddress(session.channel.address))),
			badge({ words: session.state, tone: session.state === "open" ? "live" : "quiet" }),
			session.is_opted_out && badge({ words: "stopped: wants no messages", tone: "bad" }));
	}

	async loadOlder() {
		const { next } = this.rows;
		if (this.loadingOlder || next === null) {
			return;
		}
		this.loadingOlder = true;
		try {
			const page = await this.api.messages(this.id, next);
			// Not where other rows have taken the place of those that it continues.
			if (this.rows.next === next) {
				// What is in sight stays where it is.
				const anchor = this.list.querySelector(".message");
				const was = anchor?.getBoundingClientRect().top;
				this.rows.addOlder(page);
				this.show();
				this.scroller.scrollTop += anchor ? anchor.getBoundingClientRect().top - was : 0;
			}
		} catch {
			// The button is still there.
		} finally {
			this.loadingOlder = false;
		}
	}

	/** Whether a change may be about what was said here: by the two addresses, once they are known. */
	isAbout({ message, from, to }) {
		if (message === null || !this.session) {
			return message !== null && this.session === undefined;
		}
		const contact = this.session.contact_address;
		const channel = bareAddress(this.session.channel.address);
		return from === contact && bareAddress(to) === channel
			|| to === contact && (from === null || bareAddress(from) === channel);
	}

	/** Something was said, or became of what was said. */
	changed(changes) {
		if (changes.some((change) => this.isAbout(change))) {
			this.reader.want();
		}
	}

	merge(page) {
		const isFirst = this.rows.rows.length === 0;
		const follow = this.atEnd();
		const added = this.rows.refresh(page, follow);
		this.show();
		if (follow || isFirst) {
			this.toEnd();
		} else if (added.length > 0) {
			this.latest.hidden = false;
		}
		const incoming = isFirst ? [] : added.filter((row) => row.direction === "inbound");
		if (incoming.length > 0) {
			announce(`${this.contact ?? "New message"}: ${incoming[0].body || "attachment"}`);
		}
	}

	show() {
		const entries = [];
		let heading = null;
		for (const row of [...this.rows.rows].reverse()) {
			const text = dayName(Date.parse(row.created_at));
			if (text !== heading) {
				heading = text;
				entries.push({ key: `day ${text}`, heading: text });
			}
			entries.push({ key: row.sid, row });
		}
		this.children.show(entries);
		this.older.hidden = this.rows.next === null;
		if (this.rows.cutNewest) {
			this.latest.hidden = false;
		}
	}

	atEnd() {
		const { scrollHeight, scrollTop, clientHeight } = this.scroller;
		return scrollHeight - scrollTop - clientHeight < 60;
	}

	toEnd() {
		this.scroller.scrollTop = this.scroller.scrollHeight;
		this.latest.hidden = true;
	}

	toLatest() {
		if (this.rows.cutNewest) {
			this.rows.clear();  // what is read takes its place, and is followed to its end
			this.reload();
		} else {
			this.toEnd();
		}
		this.scroller.focus();
	}
}

function day(entry) {
	return { node: element("li", { class: "day" }, element("h3", {}, entry.heading)), update() {} };
}

function bubble(entry) {
	const node = element("li", {});
	let shown = null;
	const update = ({ row }) => {
		if (row === shown) {
			return;
		}
		shown = row;
		const ours = row.direction !== "inbound";
		node.className = `message ${ours ? "ours" : "theirs"}`;
		fill(node,
			hidden(ours ? "We wrote: " : "They wrote: "),
			row.body ? element("p", { class: "body", dir: "auto" }, row.body)
				: row.body === null && element("p", { class: "body quiet" },
					"(callbacks do not carry the text)"),
			(row.media ?? []).length > 0 && element("ul", { class: "media" },
				row.media.map((media, at) => element("li", {}, outside(media.url,
					`Attachment ${at + 1}${media.content_type ? `, ${media.content_type}` : ""}`)))),
			element("p", { class: "meta" }, moment(row.created_at, "clock"),
				ours && badge(messageStatus(row.status)),
				row.error_code && element("span", { class: "error" },
					`Error ${row.error_code}`, row.error_message && [": ", foreign(row.error_message)])));
	};
	update(entry);
	return { node, update };
}

