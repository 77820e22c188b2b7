// What the views that are not shown would say: numbers beside their names.

import { isGoingOn } from "./calls.js";
import { element, fill, hidden } from "./dom.js";

// Between two questions about calls when they change, and about all where nothing tells of it, in
// milliseconds.
const PAUSE = 1000;
const EVERY = 60_000;

export class Badges {
	constructor(api, readers) {
		this.messages = 0;
		this.calls = readers.add({
			ask: () => api.liveCalls(),
			show: (calls) => this.show("calls", calls.filter(isGoingOn).length, "going on"),
			pause: () => PAUSE,
		});
		this.health = readers.add({
			ask: () => api.health(),
			show: (health) => this.show("health", problems(health), "to look at"),
		});
		setInterval(() => document.hidden || this.timePassed(), EVERY);
	}

	/** All of it, after loading anew. */
	reload() {
		this.calls.renew();
		this.health.renew();
	}

	timePassed() {
		this.calls.want();
		this.health.want();
	}

	changed(changes, view) {
		if (view !== "inbox") {
			this.messages += changes.filter((change) => change.kind === "message").length;
			this.show("inbox", this.messages, "new");
		}
		if (changes.some((change) => change.call !== null)) {
			this.calls.want();
		}
	}

	opened(view) {
		if (view === "inbox") {
			this.messages = 0;
			this.show("inbox", 0, "new");
		}
	}

	show(view, number, words) {
		const link = document.querySelector(`nav.views a[data-view=${view}]`);
		let badge = link.querySelector(".count");
		if (badge === null) {
			badge = element("span", { class: "count" });
			link.append(badge);
		}
		fill(badge, number > 0 && [number > 99 ? "99+" : String(number), hidden(` ${words}`)]);
	}
}

/** How many things a person should look at. */
export function problems({ programs, spool, webhooks, stuckCalls }) {
	return [
		programs?.status === "error",
		spool?.waiting > 0,
		spool?.rejected + spool?.unreadable > 0,
		stuckCalls.length > 0,
		webhooks.some((row) => row.is_unusual),
	].filter(Boolean).length;
}
