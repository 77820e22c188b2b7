// What the views that are not shown would say: numbers beside their names.

import { isGoingOn } from "./calls.js";
import { element, fill, hidden } from "./dom.js";

// Between two questions about calls, and about health, in milliseconds.
const CALLS_EVERY = 1000;
const HEALTH_EVERY = 60_000;

export class Badges {
	constructor(api) {
		this.api = api;
		this.messages = 0;
		this.asking = null;
		setInterval(() => document.hidden || this.askHealth(), HEALTH_EVERY);
	}

	/** All of it, after loading anew. */
	reload() {
		this.askCalls();
		this.askHealth();
	}

	changed(changes, view) {
		if (view !== "inbox") {
			this.messages += changes.filter((change) => change.kind === "message").length;
			this.show("inbox", this.messages, "new");
		}
		if (changes.some((change) => change.call !== null)) {
			this.asking ??= setTimeout(() => {
				this.asking = null;
				this.askCalls();
			}, CALLS_EVERY);
		}
	}

	opened(view) {
		if (view === "inbox") {
			this.messages = 0;
			this.show("inbox", 0, "new");
		}
	}

	async askCalls() {
		const calls = await this.api.liveCalls().catch(() => []);
		this.show("calls", calls.filter(isGoingOn).length, "going on");
	}

	async askHealth() {
		const health = await this.api.health().catch(() => null);
		if (health !== null) {
			this.show("health", problems(health), "to look at");
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
