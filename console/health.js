// Is everything in order: programs, database, spool; who is silent; which calls are stuck.

import { stateOf } from "./calls.js";
import { badge, element, fact, fill, foreign, keepFocus, moment } from "./dom.js";
import { failure, page } from "./pane.js";
import { formatRoute } from "./route.js";
import { count, otherParty, plain } from "./words.js";

export const title = "Health";

const EVERY = 15_000;

const WORDS = {
	ok: { words: "in order", tone: "good" },
	away: { words: "away", tone: "bad" },
	failed: { words: "failed", tone: "bad" },
	other: { words: "of another version", tone: "bad" },
	unknown: { words: "not known", tone: "quiet" },
	off: { words: "not set", tone: "quiet" },
};

export function open(main, { api, readers }) {
	return new Health(main, api, readers);
}

class Health {
	constructor(main, api, readers) {
		this.api = api;
		this.body = page(main, "Health").body;
		this.reader = readers.add({
			ask: () => this.ask(),
			show: () => this.show(),
			failed: () => this.show(),
		});
		this.timer = setInterval(() => document.hidden || this.reader.want(), EVERY);
	}

	close() {
		clearInterval(this.timer);
		this.reader.end();
	}

	route() {}

	timePassed() {}

	reload() {
		this.reader.renew();
	}

	changed() {}

	/** Where some of it cannot be had, the rest is to be seen all the same. */
	async ask() {
		this.health = await this.api.health();
		if (this.health.error) {
			throw this.health.error;
		}
	}

	show() {
		const { error, spool: state, stuckCalls, webhooks } = this.health;
		keepFocus(this.body, () => fill(this.body, overall(this.health),
			error ? failure(error, this.reader) : [spool(state), stuck(stuckCalls), silence(webhooks)]));
	}
}

/** What health.fcgi says; where it does not tell us, what has been read all the same. */
function overall({ programs, spool: told, error }) {
	const known = programs ?? { status: error || told?.state === "failed" ? "error" : "ok",
		database: error ? "away" : "ok", schema: "unknown", spool: told?.state ?? "unknown" };
	const parts = [["Database", known.database], ["Tables", known.schema],
		["Spool", told?.state === "off" ? "off" : known.spool]];
	const ok = known.status === "ok";
	return element("section", { class: "card" },
		element("h3", {}, ok ? "The programs are in order" : "Something is wrong"),
		element("dl", { class: "sheet" }, parts.map(([name, state]) =>
			fact(name, badge(WORDS[state] ?? { words: plain(state), tone: "bad" })))));
}

function spool(state) {
	if (state === null || state.state === "off") {
		return null;
	}
	const numbers = [
		["Waiting for the database", state.waiting, "waiting"],
		["Rejected by the database", state.rejected, "bad"],
		["Unreadable", state.unreadable, "bad"],
	];
	return element("section", { class: "card" },
		element("h3", {}, "Spool"),
		element("dl", { class: "sheet" }, numbers.map(([name, number, tone]) =>
			fact(name, number === 0 ? "none" : badge({ words: count(number, "request"), tone })))));
}

function stuck(calls) {
	return element("section", { class: "card" },
		element("h3", {}, "Stuck calls"),
		calls.length === 0 ? element("p", { class: "empty" }, "None.") : [
			element("p", { class: "note" }, "They have not ended, as far as we were told, and nothing was "
				+ "heard of them for long: Twilio may not reach the status callback."),
			element("ul", { class: "rows boxed" }, calls.map((call) => element("li", {}, element("a",
				{ href: formatRoute({ view: "calls", id: call.sid }) },
				element("span", { class: "row-head" }, foreign(otherParty(call), { class: "who" }),
					element("span", { class: "quiet" }, "last news ", moment(call.updated_at, "ago"))),
				element("span", { class: "row-foot" }, badge(stateOf(call))))))),
		]);
}

/** What is unusually silent first. */
function silence(webhooks) {
	const sorted = [...webhooks].sort((a, b) => Number(b.is_unusual) - Number(a.is_unusual)
		|| (a.endpoint + a.kind < b.endpoint + b.kind ? -1 : 1));
	return element("section", { class: "card" },
		element("h3", {}, "Webhooks"),
		sorted.length === 0 ? element("p", { class: "empty" }, "None has arrived yet.")
			: element("table", { class: "stacked" },
				element("caption", { class: "hidden" }, "When each kind of webhook last arrived"),
				element("thead", {}, element("tr", {}, ["Webhook", "Last", "In 24 hours", "Silence"]
					.map((name) => element("th", { scope: "col" }, name)))),
				element("tbody", {}, sorted.map((row) => element("tr", {},
					element("th", { scope: "row" }, plain(row.kind),
						element("span", { class: "quiet" }, row.endpoint)),
					element("td", {}, moment(row.last_received_at, "ago")),
					element("td", { class: "number" }, String(row.events_24h),
						element("span", { class: "unit" }, " in 24 h")),
					element("td", {}, row.is_unusual ? [
						badge({ words: "unusual", tone: "bad" }),
						element("span", { class: "quiet" },
							` ${count(row.events_week_before, "event")} in the same time a week before`),
					] : badge({ words: "usual", tone: "quiet" })))))),
		debuggerNote(webhooks));
}

/** What Twilio's debugger says is the same for each row of an account. */
function debuggerNote(webhooks) {
	const accounts = new Map(webhooks.map((row) => [row.account_sid, row]));
	return [...accounts.values()].filter((row) => row.errors_7d > 0).map((row) =>
		element("p", { class: "note after" },
			`Twilio's debugger reported ${count(row.errors_24h, "error")} about our URLs in 24 hours, `
			+ `${row.errors_7d} in 7 days; the last, ${row.last_error_code}, `,
			moment(row.last_error_at, "ago"), ": ", foreign(row.last_error_message ?? "")));
}
