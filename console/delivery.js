// What became of the messages of each campaign, as a table with bars, and of its calls.

import { drawing, element, fill, foreign, hidden, keepFocus } from "./dom.js";
import { failure, page } from "./pane.js";
import { count } from "./words.js";

export const title = "Delivery";

// Counting costs more than looking a row up: not for every message, but so often, in milliseconds,
// that it is seen within two seconds.
const PAUSE = 1000;

// Parts of a bar, in this order: column, words, tone.
const MESSAGES = [
	["read", "read", "read"],
	["arrived", "delivered", "good"],
	["pending", "on their way", "waiting"],
	["canceled", "cancelled", "quiet"],
	["undelivered", "not delivered", "warning"],
	["failed", "failed", "bad"],
];
const CALLS = [
	["person", "answered", "good"],
	["machine", "answered by a machine", "read"],
	["pending", "not over", "waiting"],
	["canceled", "cancelled", "quiet"],
	["busy", "busy", "warning"],
	["no_answer", "no answer", "warning2"],
	["failed", "failed", "bad"],
];

const percent = new Intl.NumberFormat(undefined,
	{ minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat();

export function open(main, { api, readers }) {
	return new Delivery(main, api, readers);
}

class Delivery {
	constructor(main, api, readers) {
		this.body = page(main, "Delivery").body;
		this.isLoaded = false;
		this.reader = readers.add({
			ask: () => api.delivery(),
			show: ({ messages, calls }) => this.show(messages, calls),
			failed: (error) => this.failed(error),
			pause: () => PAUSE,
		});
	}

	close() {
		this.reader.end();
	}

	route() {}

	timePassed() {}

	reload() {
		this.reader.renew();
	}

	changed(changes) {
		if (changes.some((change) => change.message || change.call)) {
			this.reader.want();
		}
	}

	/** What was there stays. */
	failed(error) {
		if (!this.isLoaded) {
			keepFocus(this.body, () => fill(this.body, failure(error, this.reader)));
		}
	}

	show(messages, calls) {
		this.isLoaded = true;
		if (messages.length + calls.length === 0) {
			fill(this.body, element("p", { class: "empty" },
				"No campaigns yet. ", element("code", {}, "?campaignId=…"),
				" in the URL of a status callback says which one a message or call belongs to."));
			return;
		}
		fill(this.body,
			messages.length > 0 && table("Messages by campaign", MESSAGES, "Delivered",
				largest(messages.map(messageRow))),
			calls.length > 0 && table("Calls by campaign", CALLS, "Answered", largest(calls.map(callRow))));
	}
}

function largest(rows) {
	return rows.sort((a, b) => b.total - a.total);
}

function messageRow(row) {
	return { ...row, total: row.messages, arrived: row.delivered - row.read, rate: row.success_rate,
		rateWords: "of those whose outcome is known", unit: "message" };
}

function callRow(row) {
	const over = row.calls - row.pending;
	return { ...row, total: row.calls, person: row.answered - row.machine,
		rate: over > 0 ? 100 * row.answered / over : null, rateWords: "of those that are over",
		unit: "call" };
}

function table(caption, parts, rate, rows) {
	return element("section", { class: "chart" },
		element("h3", {}, caption),
		element("ul", { class: "legend" }, parts.map(([, words, tone]) =>
			element("li", {}, swatch(tone), words))),
		element("table", {},
			element("caption", { class: "hidden" }, caption),
			element("thead", {}, element("tr", {}, ["Campaign", "Number", "Outcomes", rate].map((name) =>
				element("th", { scope: "col" }, name)))),
			element("tbody", {}, rows.map((row) => tableRow(row, parts)))));
}

function tableRow(row, parts) {
	const shown = parts.map(([column, words, tone]) => ({ number: row[column] ?? 0, words, tone }))
		.filter((part) => part.number > 0);
	return element("tr", {},
		element("th", { scope: "row" }, foreign(row.name || row.campaign_id),
			row.name && element("span", { class: "quiet" }, foreign(row.campaign_id))),
		element("td", { class: "number" }, whole.format(row.total), hidden(` ${row.unit}s`)),
		element("td", { class: "bar-cell" }, bar(shown, row.total),
			element("span", { class: "parts" }, shown.map((part) => `${whole.format(part.number)} ${part.words}`)
				.join(", ") || count(0, row.unit))),
		element("td", { class: "number rate" },
			row.rate === null || row.rate === undefined ? "–" : `${percent.format(row.rate)} %`));
}

/** The words beside it say the same, so it is hidden from screen readers. */
function bar(parts, total) {
	let x = 0;
	return drawing("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none",
		"aria-hidden": "true" },
	drawing("rect", { class: "nothing", x: 0, y: 0, width: 100, height: 10 }),
	parts.map((part) => {
		const width = total > 0 ? 100 * part.number / total : 0;
		const rect = drawing("rect", { class: `part ${part.tone}`, x, y: 0, width, height: 10 });
		x += width;
		return rect;
	}));
}

function swatch(tone) {
	return drawing("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" },
		drawing("rect", { class: `part ${tone}`, width: 10, height: 10 }));
}
